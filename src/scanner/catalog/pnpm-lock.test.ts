import { describe, expect, test } from 'vitest';
import { readPnpmLock } from './pnpm-lock.ts';
import { aFile } from './testing.ts';

const read = (text: string) => readPnpmLock(aFile('pnpm-lock.yaml', { 'pnpm-lock.yaml': text }));
const sha = 'b'.repeat(40);

const versions: Record<string, string> = {
  '5.4': `lockfileVersion: 5.4
specifiers:
  a: ^1.0.0
dependencies:
  a: 1.0.0_peer@2.0.0
  '@s/b': 2.0.0
devDependencies:
  c: 3.0.0-rc.1
packages:
  /a/1.0.0_peer@2.0.0:
    resolution: {integrity: sha512-x==}
    dev: false
  /@s/b/2.0.0:
    resolution: {integrity: sha512-x==}
    dev: false
  /c/3.0.0-rc.1:
    resolution: {integrity: sha512-x==}
    dev: true
  registry.example.com/d/4.0.0:
    resolution: {integrity: sha512-x==}
    dev: false
  github.com/me/e/${sha}:
    resolution: {tarball: https://codeload.github.com/me/e/tar.gz/${sha}}
    name: e
    version: 5.0.0
    dev: false
`,
  '6.0': `lockfileVersion: '6.0'
dependencies:
  a:
    specifier: ^1.0.0
    version: 1.0.0(peer@2.0.0)
  '@s/b':
    specifier: ^2.0.0
    version: 2.0.0
devDependencies:
  c:
    specifier: next
    version: 3.0.0-rc.1
packages:
  /a@1.0.0(peer@2.0.0):
    resolution: {integrity: sha512-x==}
    dev: false
  /@s/b@2.0.0:
    resolution: {integrity: sha512-x==}
    dev: false
  /c@3.0.0-rc.1:
    resolution: {integrity: sha512-x==}
    dev: true
  registry.example.com/d@4.0.0:
    resolution: {integrity: sha512-x==}
    dev: false
  '@codeload.github.com/me/e/tar.gz/${sha}':
    resolution: {tarball: https://codeload.github.com/me/e/tar.gz/${sha}}
    name: e
    version: 5.0.0
    dev: false
`,
  '9.0': `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(peer@2.0.0)
      '@s/b':
        specifier: ^2.0.0
        version: 2.0.0
  packages/tool:
    devDependencies:
      c:
        specifier: next
        version: 3.0.0-rc.1
packages:
  a@1.0.0:
    resolution: {integrity: sha512-x==}
  '@s/b@2.0.0':
    resolution: {integrity: sha512-x==}
  c@3.0.0-rc.1:
    resolution: {integrity: sha512-x==}
  d@4.0.0:
    resolution: {integrity: sha512-x==}
  e@https://codeload.github.com/me/e/tar.gz/${sha}:
    resolution: {tarball: https://codeload.github.com/me/e/tar.gz/${sha}}
    version: 5.0.0
snapshots:
  a@1.0.0(peer@2.0.0):
    dependencies:
      d: 4.0.0
  '@s/b@2.0.0':
    dependencies:
      e: https://codeload.github.com/me/e/tar.gz/${sha}
  c@3.0.0-rc.1: {}
  d@4.0.0: {}
  e@https://codeload.github.com/me/e/tar.gz/${sha}: {}
`,
};

test.each(Object.entries(versions))('version %s', async (_version, text) => {
  const { packages, notes } = await read(text);
  const direct = (name: string) => ['a', '@s/b', 'c'].includes(name);
  const want = [
    ['a', '1.0.0'],
    ['@s/b', '2.0.0'],
    ['c', '3.0.0-rc.1'],
    ['d', '4.0.0'],
    ['e', '5.0.0'],
  ] as const;
  expect(packages.map(({ name, version, dev, direct: isDirect }) => [name, version, dev, isDirect])).toEqual(
    want.map(([name, version]) => [name, version, name === 'c', direct(name)]),
  );
  expect(packages.map(({ commit }) => commit)).toEqual([undefined, undefined, undefined, undefined, sha]);
  const lines = text.split('\n');
  for (const { location } of packages) expect(lines[(location.line ?? 0) - 1]).toMatch(/^ {2}\S.*:$/);
  expect(notes).toEqual([]);
});

test('a file read by the whole YAML parser says the same', async () => {
  for (const text of Object.values(versions)) {
    // An anchor, which the quick reader does not take.
    expect(await read(`${text}x: &a 1\n`)).toEqual(await read(text));
  }
});

test("pnpm's own document before it is read too", async () => {
  const own = `---\nlockfileVersion: '9.0'\npackages:\n  pnpm@11.0.0:\n    resolution: {integrity: x}\n---\n`;
  const { packages } = await read(own + (versions['9.0'] ?? ''));
  expect(packages.map(({ name }) => name)).toEqual(['pnpm', 'a', '@s/b', 'c', 'd', 'e']);
});

test('folders have no version', async () => {
  const { packages, notes } = await read(
    `lockfileVersion: '9.0'\npackages:\n  x@file:../x:\n    resolution: {directory: ../x, type: directory}\n  file:../y:\n    name: y\n`,
  );
  expect(packages.map(({ name, version }) => [name, version])).toEqual([
    ['x', undefined],
    ['y', undefined],
  ]);
  expect(notes).toEqual(['no version is given for x, y']);
});

test('a cycle in the graph ends', async () => {
  const text = `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        version: 1.0.0\npackages:\n  a@1.0.0: {}\n  b@1.0.0: {}\nsnapshots:\n  a@1.0.0:\n    dependencies:\n      b: 1.0.0\n  b@1.0.0:\n    dependencies:\n      a: 1.0.0\n`;
  expect((await read(text)).packages.map(({ dev }) => dev)).toEqual([false, false]);
});

describe('what is no lock file', () => {
  test.each([
    ['no YAML', 'a: [', /is no YAML/],
    ['a list', '- a', /is no YAML mapping/],
    ['another file', 'name: x', /has no lockfileVersion/],
    [
      'aliases that multiply',
      `lockfileVersion: '9.0'\na: &a [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, i) => `${'bcdefghijklm'[i]}: &${'bcdefghijklm'[i]} [${Array(10).fill(`*${'abcdefghijkl'[i]}`).join(', ')}]`).join('\n')}`,
      /alias/i,
    ],
  ])('%s', async (_name, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
