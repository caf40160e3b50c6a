import { describe, expect, test } from 'vitest';
import { readGoMod } from './go-mod.ts';
import { aFile } from './testing.ts';

const read = (mod: string, others: Record<string, string> = {}) =>
  readGoMod(aFile('x/go.mod', { 'x/go.mod': mod, ...others }));
const listed = (mod: string, others: Record<string, string> = {}) =>
  read(mod, others).packages.map(
    ({ name, version, location, direct }) => `${name} ${version} ${location.line} ${direct ? 'direct' : '-'}`,
  );

test('requirements, the toolchain, and which are direct', () => {
  const mod = `module example.com/app // the app

go 1.21.3
toolchain go1.22.1-custom

require example.com/one v1.2.3
require (
\texample.com/two/v2 v2.0.0+incompatible // indirect
\t"example.com/quoted" v0.0.0-20200101000000-abcdefabcdef // why not
)
exclude example.com/one v1.0.0
retract v0.1.0
tool example.com/one/cmd
`;
  expect(listed(mod)).toEqual([
    'example.com/one v1.2.3 6 direct',
    'example.com/two/v2 v2.0.0+incompatible 8 -',
    'example.com/quoted v0.0.0-20200101000000-abcdefabcdef 9 direct',
    'stdlib 1.22.1 4 -',
  ]);
});

describe('replace', () => {
  const mod = (line: string) => `go 1.20\nrequire example.com/a v1.0.0\n${line}\n`;
  test.each([
    [
      'by another module',
      'replace example.com/a => example.com/b v2.0.0',
      'example.com/b v2.0.0 3 direct',
      [],
    ],
    [
      'of this version',
      'replace example.com/a v1.0.0 => example.com/b v2.0.0',
      'example.com/b v2.0.0 3 direct',
      [],
    ],
    [
      'of another version',
      'replace example.com/a v1.1.0 => example.com/b v2.0.0',
      'example.com/a v1.0.0 2 direct',
      [],
    ],
    [
      'of another module',
      'replace example.com/c => example.com/b v2.0.0',
      'example.com/a v1.0.0 2 direct',
      [],
    ],
    [
      'by a folder',
      'replace example.com/a => ../a',
      'example.com/a undefined 2 direct',
      ['replaced by folders, so that no version is known: example.com/a'],
    ],
    [
      'in a block',
      'replace (\nexample.com/a => example.com/b v2.0.0\n)',
      'example.com/b v2.0.0 4 direct',
      [],
    ],
    ['without an end', 'replace example.com/a =>', 'example.com/a v1.0.0 2 direct', []],
  ])('%s', (_name, line, first, notes) => {
    expect(listed(mod(line))[0]).toBe(first);
    expect(read(mod(line)).notes).toEqual(notes);
  });
});

test('a version that is required and excluded is not used', () => {
  const { packages, notes } = read('go 1.20\nrequire example.com/a v1.0.0\nexclude example.com/a v1.0.0\n');
  expect(packages[0]).toMatchObject({ name: 'example.com/a', version: undefined });
  expect(notes).toEqual(['required in a version that is excluded, so that none is known: example.com/a']);
});

describe('go.sum', () => {
  const sum =
    'example.com/a v1.0.0 h1:x=\nexample.com/a v1.0.0/go.mod h1:x=\nexample.com/b v0.1.0 h1:x=\n\nexample.com/c v1.0.0/go.mod h1:x=\nbroken\n';
  const requirement = 'require example.com/a v1.0.0\n';
  test.each([
    [
      'completes what Go before 1.17 left out',
      'go 1.16\n',
      ['example.com/a v1.0.0 2 direct', 'example.com/b v0.1.0 3 -', 'stdlib 1.16 1 -'],
    ],
    ['is not needed from 1.17 on', 'go 1.17\n', ['example.com/a v1.0.0 2 direct', 'stdlib 1.17 1 -']],
    [
      'is needed where no version is given',
      '\n',
      ['example.com/a v1.0.0 2 direct', 'example.com/b v0.1.0 3 -'],
    ],
  ])('%s', (_name, go, packages) => {
    expect(listed(go + requirement, { 'x/go.sum': sum })).toEqual(packages);
  });

  test('need not be there', () => {
    expect(listed(`go 1.16\n${requirement}`)).toHaveLength(2);
  });
});

test('a file without any directive is none', () => {
  expect(() => read('// nothing\n')).toThrow('holds no directive');
  expect(read('module x\n').packages).toEqual([]);
});
