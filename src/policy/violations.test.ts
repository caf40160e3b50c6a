import { describe, expect, test } from 'vitest';
import { PolicyProblem } from './failures.ts';
import { idsIn, objectionsOf, verdictOf } from './violations.ts';

describe('ids in a message', () => {
  const known = new Set(['CVE-2024-0001', 'GHSA-aaaa-bbbb-cccc', 'my.own/id:1', 'SNYK-JS-1']);

  test.each<[string, string[]]>([
    ['CVE alpha CVE-2024-0001 {"Critical"}', ['CVE-2024-0001']],
    ['CVE-2024-0001, GHSA-aaaa-bbbb-cccc.', ['CVE-2024-0001', 'GHSA-aaaa-bbbb-cccc']],
    ['(CVE-2024-0001) and "CVE-2024-0001"', ['CVE-2024-0001']],
    ['found my.own/id:1.', ['my.own/id:1']],
    ['CVE-2024-00011 is not in the report', ['CVE-2024-00011']],
    ['cve-2023-1234 lower case', ['cve-2023-1234']],
    ['RUSTSEC-2021-0001 and GO-2022-0001', ['RUSTSEC-2021-0001', 'GO-2022-0001']],
    ['RHSA-2024:1234 DSA-5555-1 USN-6000-1', ['RHSA-2024:1234', 'DSA-5555-1', 'USN-6000-1']],
    ['CVE alpha and nothing else', []],
    ['too many vulnerabilities', []],
    ['', []],
  ])('%j names %j', (message, ids) => expect(idsIn(message, known)).toEqual(ids));
});

describe('what deny may be', () => {
  test('messages, objects, and both', () => {
    expect(
      objectionsOf(['a', { msg: 'b', id: 'X', severity: 'High', other: [1] }, { message: 'c' }], 'p'),
    ).toEqual([
      { message: 'a' },
      { message: 'b', id: 'X', severity: 'High' },
      { message: 'c', id: undefined, severity: undefined },
    ]);
    expect(objectionsOf([], 'p')).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /deny comes to nothing/],
    ['a boolean', true, /type boolean/],
    ['a text', 'no', /type string/],
    ['an object', { a: 1 }, /type object/],
    ['null', null, /type null/],
    ['a set of numbers', [1], /holds a value of type number/],
    ['a set of lists', [['a']], /holds a value of type array/],
    ['an object without a text', [{ id: 'X' }], /no text under "msg"/],
  ])('not %s', (_, value, message) => {
    const failing = (): unknown => objectionsOf(value, 'p');
    expect(failing).toThrow(PolicyProblem);
    expect(failing).toThrow(message);
  });
});

describe('the verdict', () => {
  test('counts distinct ids, and each that names none as one', () => {
    const objections = [
      'CVE-1-1 bad',
      'x',
      'y',
      'CVE-2024-0001 in a',
      'CVE-2024-0001 in b',
      'CVE-2024-0002',
    ].map((message) => ({ message }));
    const verdict = verdictOf(
      'deny',
      [...objections, { message: 'own', id: 'CVE-2024-0001' }],
      new Set(['CVE-2024-0001']),
    );
    expect(verdict).toMatchObject({ passed: false, violationCount: 7, cveCount: 5 });
  });

  test('shows the first 50 and counts all', () => {
    const verdict = verdictOf(
      'deny',
      Array.from({ length: 120 }, (_, n) => ({ message: `CVE-2024-${10_000 + n}` })),
      new Set(),
    );
    expect(verdict.violations).toHaveLength(50);
    expect(verdict).toMatchObject({ violationCount: 120, cveCount: 120 });
  });

  test('cuts long messages between characters', () => {
    const { violations } = verdictOf(
      'deny',
      [{ message: '😀'.repeat(1000) }, { message: 'a'.repeat(1024) }],
      new Set(),
    );
    expect(violations[0]?.message.length).toBeLessThanOrEqual(1024);
    expect(violations[0]?.message.isWellFormed()).toBe(true);
    expect(violations[0]?.message.endsWith('…')).toBe(true);
    expect(violations[1]?.message).toBe('a'.repeat(1024));
  });

  test('passes when nothing is objected to', () => {
    expect(verdictOf('isCompliant', [], new Set())).toEqual({
      contract: 'isCompliant',
      passed: true,
      violations: [],
      violationCount: 0,
      cveCount: 0,
    });
  });
});
