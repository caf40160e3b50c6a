import { describe, expect, it } from 'vitest';
import { findImage, parseImage } from './images.ts';
import { commandLine } from './process-runtime.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

describe('parseImage', () => {
  it.each([
    ['alpine', { name: 'alpine' }],
    ['alpine:3.20', { name: 'alpine', tag: '3.20' }],
    ['localhost:5000/a/b', { name: 'localhost:5000/a/b' }],
    ['localhost:5000/a/b:c', { name: 'localhost:5000/a/b', tag: 'c' }],
    [`ghcr.io/x/y@${digest}`, { name: 'ghcr.io/x/y', digest }],
    [`ghcr.io/x/y:v1@${digest}`, { name: 'ghcr.io/x/y', tag: 'v1', digest }],
  ])('%s', (image, parts) => {
    expect(parseImage(image)).toEqual({ tag: undefined, digest: undefined, ...parts });
  });

  it.each(['', 'UPPER', 'a b', 'a:', ':a', 'a/', '/a', '-a', 'a@sha256:12', '../a', 'a//b', 'a'.repeat(600)])(
    'refuses %j',
    (image) => {
      expect(parseImage(image)).toBeUndefined();
    },
  );
});

describe('findImage', () => {
  const row = (match: string) => ({ match, entrypoint: ['/x', match], allowCommand: false });
  const table = [row('ghcr.io/scan-link/scanner'), row('*/scan-link/*')];
  it.each([
    ['ghcr.io/scan-link/scanner', 'ghcr.io/scan-link/scanner'],
    ['ghcr.io/scan-link/scanner:1.2', 'ghcr.io/scan-link/scanner'],
    ['my.registry:5000/scan-link/scanner:1', '*/scan-link/*'],
    ['ghcr.io/scan-link/scanner-evil', '*/scan-link/*'],
    ['ghcrXio/other/scanner', undefined],
    ['scan-link/scanner', undefined],
  ])('%s', (image, match) => {
    expect(findImage(table, image)?.match).toBe(match);
  });
});

describe('commandLine', () => {
  const open = { match: 'x', entrypoint: ['/bin/sh', '-c'], allowCommand: true };
  const own = {
    match: 'x',
    entrypoint: ['/node', 'main.ts'],
    allowCommand: false,
    programNames: ['scanlink'],
  };
  const nothing = { match: 'x', entrypoint: ['/node'], allowCommand: false };
  it.each([
    ['the entrypoint', open, undefined, undefined, ['/bin/sh', '-c']],
    ['with arguments', open, undefined, ['a'], ['/bin/sh', '-c', 'a']],
    ['a command in its place', open, ['/bin/ls'], ['a'], ['/bin/ls', 'a']],
    ['an empty command is none', own, [], ['a'], ['/node', 'main.ts', 'a']],
    ['our name', own, ['scanlink', 'scan'], ['a'], ['/node', 'main.ts', 'scan', 'a']],
    ['our name with a path', own, ['/usr/bin/scanlink'], [], ['/node', 'main.ts']],
  ])('%s', (_name, image, command, args, expected) => {
    expect(commandLine(image, { image: 'x', command, args })).toEqual(expected);
  });

  it.each([
    [own, ['/bin/sh', '-c', 'rm -rf /']],
    [own, ['scanlink;sh']],
    [nothing, ['scanlink']],
  ])('refuses any other program', (image, command) => {
    expect(() => commandLine(image, { image: 'x', command })).toThrow(
      expect.objectContaining({ reason: 'CreateContainerError' }),
    );
  });
});
