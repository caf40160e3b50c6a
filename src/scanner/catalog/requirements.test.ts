import { describe, expect, test } from 'vitest';
import { readRequirements } from './requirements.ts';
import { aFile } from './testing.ts';

const read = (text: string, others: Record<string, string> = {}) =>
  readRequirements(aFile('requirements.txt', { 'requirements.txt': text, ...others }));

describe('one line', () => {
  test.each<[string, [string, string | undefined] | undefined, string?]>([
    ['Django==4.2.1', ['Django', '4.2.1']],
    ['django === 4.2.1', ['django', '4.2.1']],
    ['requests[security,socks] == 2.31.0', ['requests', '2.31.0']],
    ['a==1.0 ; python_version < "3.8"', ['a', '1.0']],
    ['a==1.0;python_version<"3.8"', ['a', '1.0']],
    ['a==1.0 --hash=sha256:abc --hash=sha256:def', ['a', '1.0']],
    ['a==1.0 # why', ['a', '1.0']],
    ['a (==1.0)', ['a', '1.0']],
    ['a==1!2.0.post1+local', ['a', '1!2.0.post1+local']],
    ['a>=1.2', ['a', '1.2'], '1 package not pinned, taken at the version named: a'],
    ['a~=1.4.2', ['a', '1.4.2'], '1 package not pinned, taken at the version named: a'],
    ['a>=1.2,<2,!=1.5', ['a', '1.2'], '1 package not pinned, taken at the version named: a'],
    ['a<=3.0', ['a', '3.0'], '1 package not pinned, taken at the version named: a'],
    ['a<=3.0,>=2.0', ['a', '2.0'], '1 package not pinned, taken at the version named: a'],
    ['a', ['a', undefined], '1 package without a version to match: a'],
    ['a<2', ['a', undefined], '1 package without a version to match: a'],
    ['a>1', ['a', undefined], '1 package without a version to match: a'],
    ['a==1.*', ['a', undefined], '1 package without a version to match: a'],
    ['a @ https://example.com/a.whl', ['a', undefined], '1 package without a version to match: a'],
    [
      'https://example.com/a.whl',
      undefined,
      'line 1 names a file or a URL in place of a package, which is not read',
    ],
    [
      'git+https://example.com/a.git@v1#egg=a',
      undefined,
      'line 1 names a file or a URL in place of a package, which is not read',
    ],
    ['./local/a', undefined, 'line 1 names a file or a URL in place of a package, which is not read'],
    ['dist/a.whl', undefined, 'line 1 names a file or a URL in place of a package, which is not read'],
    ['${TOKEN}', undefined, 'line 1 names a file or a URL in place of a package, which is not read'],
    ['-e .', undefined, 'line 1 names a file or a URL in place of a package, which is not read'],
    ['--index-url https://example.com/simple', undefined],
    ['-c constraints.txt', undefined],
    ['# only words', undefined],
    ['', undefined],
  ])('%j', (line, found, note) => {
    const { packages, notes } = read(`${line}\n`);
    expect(packages.map(({ name, version }) => [name, version])).toEqual(found ? [found] : []);
    expect(notes).toEqual(note === undefined ? [] : [note]);
  });
});

test('lines may go on, and are told by where they begin', () => {
  const { packages } = read(
    'a==1.0 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\n\nb==\\\n2.0\r\nc==3.0\\',
  );
  expect(packages.map(({ name, version, location }) => [name, version, location.line])).toEqual([
    ['a', '1.0', 1],
    ['b', '2.0', 5],
    ['c', '3.0', 7],
  ]);
});

test('files named by -r are read, once, from where they lie', () => {
  const files = {
    'sub/base.txt': 'b==2.0\n-r ../requirements.txt\n-r more.txt\n',
    'sub/more.txt': 'c==3.0\n',
  };
  const { packages, notes } = read(
    '-r sub/base.txt\n--requirement=sub/more.txt\n-r absent.txt\na==1.0\n',
    files,
  );
  expect(packages.map(({ name, location }) => [name, location.path])).toEqual([
    ['b', 'sub/base.txt'],
    ['c', 'sub/more.txt'],
    ['a', 'requirements.txt'],
  ]);
  expect(notes).toEqual(['line 3 names a file that cannot be read: absent.txt']);
});

test('long lists in notes are cut', () => {
  expect(read('a\nb\nc\nd\ne\nf\ng\n').notes).toEqual([
    '7 packages without a version to match: a, b, c, d, e and 2 more',
  ]);
});
