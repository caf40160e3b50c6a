import { describe, expect, test } from 'vitest';
import type { Advisory } from '../db/types.ts';
import { groupByAlias, namesOf } from './group.ts';

const advisory = (id: string, aliases: string[] = [], upstream: string[] = []): Advisory => ({
  id,
  aliases,
  upstream,
  summary: '',
  ratings: [],
  references: [],
  cwes: [],
});
const groupsOf = (...advisories: Advisory[]): string[][] =>
  groupByAlias(advisories.map((each) => ({ advisory: each }))).map((group) =>
    group.map((match) => match.advisory.id),
  );

describe('records are one finding', () => {
  test.each<[string, Advisory[], string[][]]>([
    ['when one names the other', [advisory('A', ['B']), advisory('B')], [['A', 'B']]],
    ['when both name a third', [advisory('A', ['CVE-1']), advisory('B', ['CVE-1'])], [['A', 'B']]],
    [
      'over several steps',
      [advisory('A', ['x']), advisory('B', ['y']), advisory('C', ['x', 'y'])],
      [['A', 'B', 'C']],
    ],
    [
      'when one was made from the other',
      [advisory('DEBIAN-CVE-1', [], ['CVE-1']), advisory('CVE-1')],
      [['DEBIAN-CVE-1', 'CVE-1']],
    ],
    [
      'not when one fixes several',
      [advisory('DSA-1', [], ['CVE-1', 'CVE-2']), advisory('CVE-1'), advisory('CVE-2')],
      [['DSA-1'], ['CVE-1'], ['CVE-2']],
    ],
    ['not without a common name', [advisory('A', ['x']), advisory('B', ['y'])], [['A'], ['B']]],
  ])('%s', (_name, advisories, groups) => {
    expect(groupsOf(...advisories)).toEqual(groups);
  });

  test('a hundred thousand in a chain are no trouble', () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => advisory(`A${index}`, [`A${index + 1}`]));
    expect(groupsOf(...chain)).toHaveLength(1);
  });
});

describe('a finding is called', () => {
  test.each<[string, Advisory[], string, string[]]>([
    ['by its CVE', [advisory('GHSA-a', ['CVE-2024-10'])], 'CVE-2024-10', ['GHSA-a']],
    [
      'by the first of several CVEs',
      [advisory('GO-1', ['CVE-2024-10', 'CVE-2024-9', 'CVE-2023-99'])],
      'CVE-2023-99',
      ['CVE-2024-10', 'CVE-2024-9', 'GO-1'],
    ],
    [
      'by its GHSA where there is no CVE',
      [advisory('RUSTSEC-1', ['GHSA-b', 'GHSA-a'])],
      'GHSA-a',
      ['GHSA-b', 'RUSTSEC-1'],
    ],
    ['by the record otherwise', [advisory('RUSTSEC-1')], 'RUSTSEC-1', []],
    [
      'by what it was made from',
      [advisory('DEBIAN-CVE-2024-1', [], ['CVE-2024-1'])],
      'CVE-2024-1',
      ['DEBIAN-CVE-2024-1'],
    ],
    [
      'by itself where it was made from several',
      [advisory('DSA-1', [], ['CVE-2024-1', 'CVE-2024-2'])],
      'DSA-1',
      [],
    ],
  ])('%s', (_name, advisories, id, aliases) => {
    expect(namesOf(advisories)).toEqual({ id, aliases });
  });
});
