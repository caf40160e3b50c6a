import { describe, expect, it } from 'vitest';
import { expand } from './expand.ts';
import { hostPathOf, rewritePaths } from './mount-paths.ts';
import { parseQuantity } from './quantity.ts';

const mounts = [
  { mountPath: '/workspace', hostPath: '/h/ws', readOnly: false },
  { mountPath: '/workspace/cache/', hostPath: '/h/cache', readOnly: false },
  { mountPath: '/etc/config.json', hostPath: '/h/file', readOnly: true },
];

describe('rewritePaths', () => {
  it.each([
    ['/workspace', '/h/ws'],
    ['/workspace/', '/h/ws'],
    ['/workspace/a/b', '/h/ws/a/b'],
    ['/workspace/cache', '/h/cache'],
    ['/workspace/cache/x', '/h/cache/x'],
    ['/workspacex', '/workspacex'],
    ['/etc/config.json', '/h/file'],
    ['--out=/workspace/o', '--out=/h/ws/o'],
    ['dir:/workspace/o', 'dir:/h/ws/o'],
    ['a=b=/workspace', 'a=b=/h/ws'],
    ['file:///workspace/o', 'file:///workspace/o'],
    ['https://host/workspace', 'https://host/workspace'],
    ['cat /workspace/o', 'cat /workspace/o'],
    ['--out', '--out'],
    ['', ''],
    ['/workspace/../etc/passwd', '/workspace/../etc/passwd'],
    ['/workspace/a/../../etc', '/workspace/a/../../etc'],
    ['/workspace/a/../b', '/h/ws/b'],
  ])('%s → %s', (value, expected) => {
    expect(rewritePaths(value, mounts)).toBe(expected);
  });

  it('knows no host path outside mounts', () => {
    expect(hostPathOf('/elsewhere', mounts)).toBeUndefined();
  });
});

describe('expand', () => {
  const variables = { A: 'one', B: '$(A)', EMPTY: '' };
  it.each([
    ['$(A)', 'one'],
    ['x$(A)y$(A)', 'xoneyone'],
    ['$(B)', '$(A)'],
    ['$(EMPTY)', ''],
    ['$(NONE)', '$(NONE)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$A ${A} $', '$A ${A} $'],
    ['$(A', '$(A'],
    ['$(toString)', '$(toString)'],
  ])('%s → %s', (text, expected) => {
    expect(expand(text, variables)).toBe(expected);
  });
});

describe('parseQuantity', () => {
  it.each<[string | undefined, number | undefined]>([
    ['128Mi', 134217728],
    ['1G', 1e9],
    ['250m', 0.25],
    ['2', 2],
    ['1.5Gi', 1610612736],
    ['1e3', 1000],
    ['12E', undefined],
    ['', undefined],
    ['x', undefined],
    [undefined, undefined],
  ])('%s', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });
});
