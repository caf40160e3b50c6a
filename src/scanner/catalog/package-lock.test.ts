import { describe, expect, test } from 'vitest';
import { readPackageLock } from './package-lock.ts';
import { aFile } from './testing.ts';

const read = (lock: unknown, name = 'app/package-lock.json', others: Record<string, string> = {}) =>
  readPackageLock(
    aFile(name, { [name]: typeof lock === 'string' ? lock : JSON.stringify(lock, null, 2), ...others }),
  );

const sha = 'a'.repeat(40);

const version3 = {
  name: 'app',
  lockfileVersion: 3,
  packages: {
    '': {
      name: 'app',
      version: '1.0.0',
      dependencies: { lodash: '^4', mine: '1' },
      devDependencies: { '@types/node': '*' },
    },
    'node_modules/lodash': { version: '4.17.21', license: 'MIT' },
    'node_modules/@types/node': { version: '20.1.0', dev: true },
    'node_modules/a/node_modules/lodash': { version: '3.10.1' },
    'node_modules/renamed': { name: 'real-name', version: '2.0.0' },
    'node_modules/from-git': { version: '0.1.0', resolved: `git+ssh://git@example.com/x.git#${sha}` },
    'node_modules/unknown': { resolved: 'file:../unknown.tgz' },
    'node_modules/mine': { resolved: 'packages/mine', link: true },
    'packages/mine': { version: '1.2.3' },
  },
};

test("versions 2 and 3: every installed copy, and the project's own packages", () => {
  const { packages, notes } = read(version3);
  expect(packages.map(({ name, version, direct, dev }) => [name, version, direct, dev])).toEqual([
    ['lodash', '4.17.21', true, false],
    ['@types/node', '20.1.0', true, true],
    ['lodash', '3.10.1', false, false],
    ['real-name', '2.0.0', false, false],
    ['from-git', '0.1.0', false, false],
    ['unknown', undefined, false, false],
    ['mine', '1.2.3', false, false],
  ]);
  expect(packages[0]).toMatchObject({
    ecosystem: 'npm',
    licenses: ['MIT'],
    location: { path: 'app/package-lock.json', line: 16 },
  });
  expect(packages[4]?.commit).toBe(sha);
  expect(notes).toEqual(['no version is given for unknown']);
});

test('lines are those of the entries', () => {
  const text = JSON.stringify(version3, null, 2);
  for (const { location, name } of read(version3).packages) {
    expect(text.split('\n')[(location.line ?? 0) - 1]).toMatch(
      new RegExp(`"(?:node_modules|packages)/.*": \\{`),
    );
    expect(name).not.toBe('');
  }
});

test('version 1: nested dependencies', () => {
  const lock = {
    lockfileVersion: 1,
    dependencies: {
      a: { version: '1.0.0', dependencies: { b: { version: '2.0.0', dev: true } } },
      alias: { version: 'npm:@scope/real@3.0.0' },
      git: { version: `git+https://example.com/x.git#${sha}` },
      short: { version: `github:me/x#${sha}` },
      file: { version: 'file:../x' },
      url: { version: 'https://example.com/x.tgz' },
    },
  };
  const { packages, notes } = read(lock);
  expect(packages.map(({ name, version, commit, dev }) => [name, version, commit, dev])).toEqual([
    ['a', '1.0.0', undefined, false],
    ['b', '2.0.0', undefined, true],
    ['@scope/real', '3.0.0', undefined, false],
    ['git', undefined, sha, false],
    ['short', undefined, sha, false],
    ['file', undefined, undefined, false],
    ['url', undefined, undefined, false],
  ]);
  expect(notes).toEqual(['no version is given for git, short, file, url']);
});

test('the shrinkwrap beside it goes before', () => {
  const others = { 'app/npm-shrinkwrap.json': '{}' };
  expect(read(version3, 'app/package-lock.json', others).packages).toEqual([]);
  expect(read(version3, 'app/npm-shrinkwrap.json').packages).toHaveLength(7);
});

describe('what is no lock file', () => {
  test.each([
    ['no JSON', '{"packages"', /JSON/],
    ['a list', '[]', /is no JSON object/],
    ['dependencies without end', nested(300), /deeper than 200/],
  ])('%s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('fields of other types are passed over', () => {
    const packages = {
      '': 1,
      'node_modules/a': 'x',
      'node_modules/b': { version: 7 },
      'x/': {},
      __proto__: null,
    };
    expect(read({ packages }).packages.map(({ name, version }) => [name, version])).toEqual([
      ['b', undefined],
    ]);
    expect(read({ dependencies: { a: null, b: { version: {} } } }).packages).toHaveLength(1);
    expect(read({}).packages).toEqual([]);
  });

  function nested(depth: number): string {
    return `${'{"dependencies":{"a":'.repeat(depth)}{}${'}}'.repeat(depth)}`;
  }
});
