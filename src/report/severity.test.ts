import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aComponent, aFinding, aReport } from './builders.ts';
import type { Rating, Severity } from './model.ts';
import { severities } from './model.ts';
import {
  compareSeverity,
  countReport,
  isSeverity,
  readSeverity,
  severityOf,
  severityOfRatings,
} from './severity.ts';

const v31 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

describe('words (spec.md §4)', () => {
  test.each([
    ['critical', 'CRITICAL'],
    ['Critical', 'CRITICAL'],
    ['CRITICAL', 'CRITICAL'],
    ['high', 'HIGH'],
    ['Medium', 'MEDIUM'],
    ['low', 'LOW'],
    ['Negligible', 'LOW'],
    ['none', 'LOW'],
    ['info', 'LOW'],
    ['unknown', 'UNKNOWN'],
    ['UnknownSeverity', 'UNKNOWN'],
    ['moderate', 'UNKNOWN'],
    ['', 'UNKNOWN'],
    [' high\n', 'HIGH'],
  ] as const)('%j is %s', (word, severity) => expect(readSeverity(word)).toBe(severity));
});

describe('a rating', () => {
  test.each<[string, Rating, Severity]>([
    ['its word before its score', { severity: 'low', score: 9.8, vector: v31 }, 'LOW'],
    ['a word that is unknown stays so', { severity: 'unknown', score: 9.8 }, 'UNKNOWN'],
    ['its score', { score: 7.5, method: 'CVSSv31' }, 'HIGH'],
    ['a score of CVSS 2', { score: 9.3, method: 'CVSSv2' }, 'HIGH'],
    ['a score whose method the vector tells', { score: 9.3, vector: 'AV:N/AC:M/Au:N/C:C/I:C/A:C' }, 'HIGH'],
    ['a score without method', { score: 9.3 }, 'CRITICAL'],
    ['a score that is no CVSS', { score: 9.3, method: 'OWASP' }, 'UNKNOWN'],
    ['its vector', { vector: v31 }, 'CRITICAL'],
    ['its vector before a score left at 0', { score: 0, vector: v31 }, 'CRITICAL'],
    ['its vector where the score is nonsense', { score: 98, vector: v31 }, 'CRITICAL'],
    ['an empty word is none', { severity: ' ', vector: v31 }, 'CRITICAL'],
    ['a vector of nothing', { vector: 'x' }, 'UNKNOWN'],
    ['nothing', {}, 'UNKNOWN'],
  ])('%s', (_, rating, severity) => expect(severityOf(rating)).toBe(severity));

  test('of several the highest counts', () => {
    expect(severityOfRatings([{ severity: 'low' }, { vector: v31 }, { severity: 'high' }])).toBe('CRITICAL');
    expect(severityOfRatings([{ severity: 'odd' }, { severity: 'none' }])).toBe('LOW');
    expect(severityOfRatings([])).toBe('UNKNOWN');
  });
});

describe('counting', () => {
  test('counts ids once, each at its highest', () => {
    const report = aReport({
      components: [
        aComponent({
          ref: 'a',
          findings: [aFinding({ id: 'CVE-1', severity: 'LOW' }), aFinding({ id: 'CVE-2', severity: 'HIGH' })],
        }),
        aComponent({ ref: 'b', findings: [aFinding({ id: 'CVE-1', severity: 'CRITICAL' })] }),
        aComponent({ ref: 'c', findings: [] }),
      ],
    });
    expect(countReport(report)).toEqual({
      counts: { CRITICAL: 1, HIGH: 1, MEDIUM: 0, LOW: 0, UNKNOWN: 0, CVETOTAL: 2 },
      components: 3,
      findings: 3,
    });
  });

  test('an empty report counts 0 everywhere', () => {
    expect(countReport(aReport({ components: [] })).counts).toEqual({
      CRITICAL: 0,
      HIGH: 0,
      MEDIUM: 0,
      LOW: 0,
      UNKNOWN: 0,
      CVETOTAL: 0,
    });
  });

  test('CVETOTAL is the sum, and the number of distinct ids', () => {
    const finding = fc.record({
      id: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
      severity: fc.constantFrom(...severities),
    });
    fc.assert(
      fc.property(fc.array(fc.array(finding, { maxLength: 6 }), { maxLength: 5 }), (groups) => {
        const components = groups.map((all, index) =>
          aComponent({ ref: String(index), findings: all.map((one) => aFinding(one)) }),
        );
        const { counts } = countReport(aReport({ components }));
        const { CVETOTAL, ...rest } = counts;
        expect(Object.values(rest).reduce((a, b) => a + b)).toBe(CVETOTAL);
        expect(CVETOTAL).toBe(new Set(groups.flat().map((one) => one.id)).size);
      }),
    );
  });
});

test('severities sort highest first', () => {
  expect([...severities].reverse().sort(compareSeverity)).toEqual(severities);
  expect(isSeverity('HIGH')).toBe(true);
  expect(isSeverity('high')).toBe(false);
});
