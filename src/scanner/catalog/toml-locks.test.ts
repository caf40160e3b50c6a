import { describe, expect, test } from 'vitest';
import { readCargoLock } from './cargo-lock.ts';
import { readPoetryLock } from './poetry-lock.ts';
import { aFile } from './testing.ts';

const sha = 'c'.repeat(40);

describe('Cargo.lock', () => {
  const read = (text: string) => readCargoLock(aFile('Cargo.lock', { 'Cargo.lock': text }));
  const registry = 'registry+https://index.example.com/crates';

  test('crates, where they come from, and which are direct', () => {
    const { packages } = read(`version = 3

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "bitflags 2.0.0",
 "serde",
]

[[package]]
name = "bitflags"
version = "1.3.2"
source = "${registry}"

[[package]]
name = "bitflags"
version = "2.0.0"
source = "${registry}"

[[package]]
name = "serde"
version = "1.0.0"
source = "git+https://example.com/serde?branch=x#${sha}"
`);
    expect(
      packages.map(({ name, version, direct, commit, location }) => [
        name,
        version,
        direct,
        commit,
        location.line,
      ]),
    ).toEqual([
      ['app', '0.1.0', undefined, undefined, 3],
      ['bitflags', '1.3.2', false, undefined, 11],
      ['bitflags', '2.0.0', true, undefined, 16],
      ['serde', '1.0.0', true, sha, 21],
    ]);
  });

  test('version 1 names sources in dependencies', () => {
    const { packages } = read(
      `[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["x 1.0.0 (${registry})"]\n[[package]]\nname = "x"\nversion = "1.0.0"\nsource = "${registry}"\n`,
    );
    expect(packages[1]?.direct).toBe(true);
  });

  test.each([
    ['no TOML', '[[package]\n', /TOML/],
    ['merge marks', '<<<<<<< HEAD\n', /TOML/],
  ])('%s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('entries of other types are passed over', () => {
    expect(read('package = ["x", 1]\n').packages).toEqual([]);
    expect(read('package = "x"\n').packages).toEqual([]);
    expect(read('[[package]]\nversion = "1"\n').packages).toEqual([]);
    expect(read('').packages).toEqual([]);
  });
});

describe('poetry.lock', () => {
  const read = (text: string) => readPoetryLock(aFile('poetry.lock', { 'poetry.lock': text }));

  test.each<[string, string, boolean | undefined]>([
    ['until 1.4, main', 'category = "main"', false],
    ['until 1.4, dev', 'category = "dev"', true],
    ['until 2.0', 'optional = false', undefined],
    ['from 2.0, main', 'groups = ["main", "dev"]', false],
    ['from 2.0, dev', 'groups = ["dev", "test"]', true],
  ])('%s', (_name, line, dev) => {
    const { packages } = read(
      `[[package]]\nname = "Zope.Interface"\nversion = "5.0"\n${line}\n\n[metadata]\npython-versions = "*"\n`,
    );
    expect(packages).toEqual([
      {
        ecosystem: 'PyPI',
        name: 'Zope.Interface',
        version: '5.0',
        dev,
        location: { path: 'poetry.lock', line: 1 },
      },
    ]);
  });

  test('commits of git sources, and a missing version', () => {
    const { packages, notes } = read(
      `[[package]]\nname = "a"\nversion = "1"\n[package.source]\ntype = "git"\nresolved_reference = "${sha}"\n[[package]]\nname = "b"\n`,
    );
    expect(packages.map(({ commit, version }) => [commit, version])).toEqual([
      [sha, '1'],
      [undefined, undefined],
    ]);
    expect(notes).toEqual(['no version is given for b']);
  });
});
