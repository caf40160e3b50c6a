import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { longestVersion } from './scheme.ts';
import type { Versions } from './scheme.ts';
import { loadVersions, schemeNames } from './schemes.ts';
import type { SchemeName } from './schemes.ts';

/** Each list ascends; texts within one entry, separated by a bar, are equal. */
const ascending: Record<SchemeName, string[][]> = {
  semver: [
    [
      '0.0.0-0',
      '0.0.0 | v0 | 0.0',
      '1.0.0-a',
      '1.0.0-a.1',
      '1.0.0-a.b',
      '1.0.0-b',
      '1.0.0 | 1.0.0+x',
      '1.0.1',
    ],
    ['1.9.0', '1.10.0', '1.10.1-rc.2', '1.10.1-rc.10', '9007199254740993.0.0', '9007199254740994.0.0'],
  ],
  npm: [['1.0.0-beta.9', '1.0.0-beta.10', '1.0.0-rc', 'v1.0.0 | =1.0.0 | 1.0.0', '1.0.1-0', '1.0.1']],
  go: [
    [
      'v0.0.0-20190101000000-abcdefabcdef',
      'v0.0.0-20200101000000-abcdefabcdef',
      'v0.1.0',
      'v2.0.0+incompatible',
    ],
    [
      '1.20.14',
      '1.21.0-0',
      'go1.21beta1',
      '1.21rc2 | go1.21rc2',
      '1.21 | 1.21.0 | go1.21',
      '1.21.1 | go1.21.1-custom',
    ],
  ],
  pep440: [
    [
      'nonsense',
      '0',
      '1.0.dev1',
      '1.0a1.dev1',
      '1.0a1 | 1.0-alpha.1 | 1.0A1',
      '1.0a1.post1',
      '1.0b1',
      '1.0rc1 | 1.0c1',
    ],
    [
      '1.0rc1',
      '1.0 | 1 | v1.0.0',
      '1.0+a',
      '1.0+1',
      '1.0.post1.dev1',
      '1.0.post1 | 1.0-1 | 1.0.rev1',
      '1.1',
      '1!0.1',
    ],
    ['0.1-bulbasaur', '0.1-charmander', '0.0.1'],
  ],
  rubygems: [['1.0.a.2 | 1.0.a2', '1.0.b1', '1.0-rc1', '1.0.rc2', '1 | 1.0 | 1.0.0', '1.0.1', '1.10', '2']],
  maven: [
    [
      '1-alpha',
      '1-alpha-1 | 1a1',
      '1-beta',
      '1-milestone',
      '1-rc | 1-cr',
      '1-SNAPSHOT',
      '1 | 1.0 | 1-ga | 1.final | 1-0.0',
      '1-sp',
      '1-abc',
      '1-xyz',
      '1-1',
      '1.1',
    ],
    ['1.0-beta-9', '1.0-beta-10', '1.0.rc', '1.0', '1.0.1-SNAPSHOT', '1.0.1', '1.0.10'],
  ],
  nuget: [['1.0-A', '1.0.0-a.1', '1.0.0-B', '1.0 | 1.0.0.0 | 1.0.0+x', '1.0.0.1-a', '1.0.0.1', '1.0.10']],
  packagist: [
    [
      '1.0-foo',
      '1.0-dev',
      '1.0a1 | 1.0-alpha1',
      '1.0b1 | 1.0-beta.1',
      '1.0RC1 | 1.0rc1',
      '1.0',
      '1.0.0',
      '1.0pl1 | 1.0-p1',
      '1.1',
      'v1.10',
    ],
  ],
  pub: [['1.0.0-a', '1.0.0-a+1', '1.0.0', '1.0.0+1', '1.0.0+2', '1.0.0+a', '1.0.1']],
  cran: [['0.9', '0.10', '1.0 | 1-0 | 01.0', '1.0.0 | 1.0-0', '1.0-1']],
  hackage: [['0.9', '0.10', '1', '1.0', '1.0.0.1', '1.1']],
  dpkg: [
    [
      '1.0~~',
      '1.0~rc1',
      '1.0 | 1.0-0 | 0:1.0',
      '1.0-1~bpo1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-10',
      '1.0a',
      '1.0+b',
      '1.0.1',
      '1.10',
      '1:0.1',
    ],
  ],
  apk: [
    [
      '1.0_alpha',
      '1.0_alpha1',
      '1.0_beta',
      '1.0_pre',
      '1.0_rc1',
      '1.0 | 1.0',
      '1.0-r1',
      '1.0-r10',
      '1.0_git1',
      '1.0_p1',
      '1.0a',
      '1.0b',
      '1.0.1',
    ],
    ['1.05', '1.1', '1.2', '1.10'],
  ],
  rpm: [
    [
      '1.0~rc1',
      '1.0',
      '1.0-1',
      '1.0-1.el9',
      '1.0-2',
      '1.0^git1',
      '1.0a',
      '1.0.1 | 1.0_1 | 1.0.01',
      '1.10',
      '1:0.1',
    ],
  ],
};

/** Files `<scheme>-versions.txt` of `a < b`, `a = b`, `a > b`. */
const sharedFiles: Record<SchemeName, string> = {
  semver: 'semver',
  npm: 'semver',
  go: 'semver',
  pep440: 'pypi',
  rubygems: 'rubygems',
  maven: 'maven',
  nuget: 'nuget',
  packagist: 'packagist',
  pub: 'pub',
  cran: 'cran',
  hackage: 'hackage',
  dpkg: 'debian',
  apk: 'alpine',
  rpm: 'redhat',
};

/** Schemes whose specification itself is no order for some texts. */
const goesRound: ReadonlySet<SchemeName> = new Set(['maven']);

const shared = process.env['SCANLINK_TEST_DATA'];

describe.each(schemeNames)('%s', (name) => {
  let versions: Versions;
  beforeAll(async () => {
    versions = await loadVersions(name);
  });

  test('orders as its specification says', () => {
    for (const list of ascending[name]) {
      const flat = list.flatMap((entry, rank) => entry.split(' | ').map((text) => ({ text, rank })));
      for (const a of flat) {
        for (const b of flat) {
          const got = Math.sign(versions.compare(a.text, b.text) ?? Number.NaN);
          expect(got, `${a.text} against ${b.text}`).toBe(Math.sign(a.rank - b.rank));
        }
      }
    }
  });

  test.skipIf(!shared)('has every published pair right (SCANLINK_TEST_DATA)', () => {
    const file = path.join(shared ?? '', 'versions', `${sharedFiles[name]}-versions.txt`);
    expect(existsSync(file)).toBe(true);
    const wrong: string[] = [];
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const pair = /^(.*) ([<=>]) (.*)$/.exec(line.trim());
      if (!pair || /^(#|\/\/)/.test(line)) continue;
      const [, a = '', sign = '', b = ''] = pair;
      const want = { '<': -1, '=': 0, '>': 1 }[sign];
      const [there, back] = [versions.compare(a, b), versions.compare(b, a)];
      if (Math.sign(there ?? Number.NaN) !== want) wrong.push(line);
      if (there !== undefined && Math.sign(there) + Math.sign(back ?? Number.NaN) !== 0)
        wrong.push(`${line} reversed`);
    }
    expect(wrong).toEqual([]);
  });

  test('is a total order of whatever it reads', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      '02',
      '10',
      'a',
      'rc',
      'Beta',
      'dev',
      'p',
      'r',
      '.',
      '-',
      '+',
      '_',
      '~',
      ':',
      '^',
      'v',
      '!',
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const [ab, ba, bc, ac] = [
          versions.compare(a, b),
          versions.compare(b, a),
          versions.compare(b, c),
          versions.compare(a, c),
        ];
        if (versions.reader(a)) expect(versions.compare(a, a)).toBe(0);
        if (ab === undefined || ba === undefined) return;
        expect(Math.sign(ab) + Math.sign(ba)).toBe(0);
        if (bc === undefined || ac === undefined || goesRound.has(name)) return;
        if (ab <= 0 && bc <= 0) expect(ac, `${a} <= ${b} <= ${c}`).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  test('refuses what is no version, and any text past the limit, without trouble', () => {
    expect(versions.reader('')).toBeUndefined();
    expect(versions.reader('1'.repeat(longestVersion + 1))).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (text) => {
        expect([undefined, 0]).toContain(versions.compare(text, text));
      }),
    );
  });
});
