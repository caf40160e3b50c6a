import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Affected } from '../db/types.ts';
import { versionsOf } from '../versions/scheme.ts';
import { pep440 } from '../versions/pep440.ts';
import { semver } from '../versions/semver.ts';
import { candidateOf, judge } from './affected.ts';

const scheme = versionsOf(semver);
const entry = (ranges: string[], versions: string[] = []): Affected => ({
  advisory: 1,
  ranges: ranges.map((range) => range.split(' ').flatMap((event) => event.split(':'))),
  versions,
  ratings: [],
});
const i = 'introduced';
const f = 'fixed';
const l = 'last_affected';

describe('ranges', () => {
  test.each<[string, string[], Record<string, boolean>]>([
    [
      'from the beginning',
      [`${i}:0 ${f}:2.0.0`],
      { '0.0.0-0': true, '1.9.9': true, '2.0.0-rc.1': true, '2.0.0': false, '3.0.0': false },
    ],
    [
      'from a version on',
      [`${i}:1.0.0 ${f}:2.0.0`],
      { '0.9.0': false, '1.0.0': true, '1.0.0-rc': false, '2.0.0': false },
    ],
    ['without an end', [`${i}:1.0.0`], { '0.9.9': false, '1.0.0': true, '99.0.0': true }],
    ['up to the last affected', [`${i}:0 ${l}:1.5.0`], { '1.5.0': true, '1.5.1': false, '1.5.0-rc': true }],
    [
      'twice in one list',
      [`${i}:0 ${f}:1.0.0 ${i}:2.0.0 ${f}:2.5.0`],
      { '0.5.0': true, '1.0.0': false, '2.0.0': true, '2.4.9': true, '2.5.0': false },
    ],
    [
      'in any order',
      [`${f}:2.5.0 ${f}:1.0.0 ${i}:2.0.0 ${i}:0`],
      { '0.5.0': true, '1.5.0': false, '2.4.0': true, '2.5.0': false },
    ],
    [
      'fixed and introduced again at once',
      [`${i}:0 ${f}:1.0.0 ${i}:1.0.0 ${f}:1.1.0`],
      { '0.9.0': true, '1.0.0': true, '1.1.0': false },
    ],
    [
      'several lists',
      [`${i}:1.0.0 ${f}:1.1.0`, `${i}:2.0.0 ${f}:2.1.0`],
      { '1.0.5': true, '1.5.0': false, '2.0.5': true },
    ],
    ['a limit', [`${i}:0 limit:3.0.0`], { '2.9.0': true, '3.0.0': false }],
    ['several limits', [`${i}:0 limit:3.0.0 limit:5.0.0`], { '4.0.0': true, '5.0.0': false }],
    ['no limit', [`${i}:0 limit:*`], { '99.0.0': true }],
    ['a beginning that is no version', [`${i}:0`], { '0.0.0-alpha': true }],
  ])('%s', (_name, ranges, expected) => {
    for (const [version, affected] of Object.entries(expected)) {
      expect(judge(entry(ranges), candidateOf(version, scheme)).affected, version).toBe(affected);
    }
  });

  test('an event that is no version leaves it open', () => {
    expect(judge(entry([`${i}:0 ${f}:soon`]), candidateOf('1.0.0', scheme)).affected).toBe('unknown');
    expect(judge(entry([`${i}:0 ${f}:soon`, `${i}:0`]), candidateOf('1.0.0', scheme)).affected).toBe(true);
  });

  test('so does a version that is none, or an ecosystem without a scheme', () => {
    expect(judge(entry([`${i}:0`]), candidateOf('latest', scheme)).affected).toBe('unknown');
    expect(judge(entry([`${i}:0`]), candidateOf('1.0.0', undefined)).affected).toBe('unknown');
  });
});

describe('listed versions', () => {
  test.each<[string, string[], string[], string, boolean]>([
    ['word for word', [], ['1.0', '1.1'], '1.0', true],
    ['beside a range that does not hold it', [`${i}:2`], ['1.0'], '1.0', true],
    ['in another spelling, where the list is all there is', [], ['1.0.0'], '1.0', true],
    ['in another spelling, where a range decides', [`${i}:2`], ['1.0.0'], '1.0', false],
    ['not there', [], ['1.0'], '1.0.1', false],
  ])('%s', (_name, ranges, versions, version, affected) => {
    expect(judge(entry(ranges, versions), candidateOf(version, versionsOf(pep440))).affected).toBe(affected);
  });

  test('count without a scheme too', () => {
    expect(judge(entry([], ['r2024a']), candidateOf('r2024a', undefined)).affected).toBe(true);
  });
});

describe('fixed versions', () => {
  test.each<[string, string[], string[], string, string[]]>([
    ['the end of the range', [`${i}:0 ${f}:2.0.0`], [], '1.0.0', ['2.0.0']],
    ['the next one', [`${i}:0 ${f}:3.0.0 ${i}:1.5.0 ${f}:1.2.0 ${f}:1.9.0`], [], '1.0.0', ['1.2.0']],
    [
      'of each range that holds it',
      [`${i}:0 ${f}:2.0.0`, `${i}:0 ${f}:1.5.0`],
      [],
      '1.0.0',
      ['2.0.0', '1.5.0'],
    ],
    ['none where the end is the last affected', [`${i}:0 ${l}:2.0.0`], [], '1.0.0', []],
    ['above a listed version', [`${i}:5.0.0 ${f}:6.0.0`], ['1.0.0'], '1.0.0', ['6.0.0']],
  ])('%s', (_name, ranges, versions, version, fixedIn) => {
    expect(judge(entry(ranges, versions), candidateOf(version, scheme))).toEqual({ affected: true, fixedIn });
  });
});

test('the order of the events does not matter', () => {
  const version = fc.tuple(fc.nat(5), fc.nat(5)).map(([a, b]) => `${a}.${b}.0`);
  const events = fc.uniqueArray(fc.tuple(fc.constantFrom(i, f, l), version), {
    selector: ([, text]) => text,
    maxLength: 6,
  });
  fc.assert(
    fc.property(events, fc.infiniteStream(fc.nat()), version, (list, random, at) => {
      const shuffled = list
        .map((event) => ({ event, rank: random.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank);
      const of = (all: readonly (readonly [string, string])[]) =>
        judge({ advisory: 1, ranges: [all.flat()], versions: [], ratings: [] }, candidateOf(at, scheme));
      expect(of(shuffled.map(({ event }) => event))).toEqual(of(list));
    }),
  );
});
