import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokenRecord, readOsvRecord } from './osv-record.ts';
import { aRecord, anAffected } from './testing.ts';

const read = (fields: Readonly<Record<string, unknown>> = {}) =>
  readOsvRecord(JSON.stringify(aRecord(fields)));

test('keeps what matching and reporting need', () => {
  const record = read({
    aliases: ['CVE-2024-1', 'TEST-1', 'CVE-2024-1'],
    upstream: ['CVE-2023-9'],
    details: 'Longer words.',
    references: [
      { type: 'WEB', url: 'https://example.com/web' },
      { type: 'ADVISORY', url: 'https://example.com/advisory' },
      { type: 'WEB', url: 'javascript:alert(1)' },
    ],
    database_specific: { cwe_ids: ['CWE-79', 'CWE-x', 'CWE-79'] },
  });
  expect(record).toMatchObject({
    id: 'TEST-1',
    modified: '2024-05-01T00:00:00Z',
    withdrawn: false,
    aliases: ['CVE-2024-1'],
    upstream: ['CVE-2023-9'],
    summary: 'Something is wrong.',
    references: ['https://example.com/advisory', 'https://example.com/web'],
    cwes: [79],
    affected: [
      { ecosystem: 'npm', name: 'lib', ranges: [['introduced', '0', 'fixed', '2.0.0']], versions: [] },
    ],
  });
});

test.each([
  ['summary', { summary: 'S', details: 'D' }, 'S'],
  ['details where there is no summary', { summary: '', details: ' D ' }, 'D'],
  [
    'their start where they are long',
    { summary: undefined, details: 'd'.repeat(5000) },
    `${'d'.repeat(2000)} …`,
  ],
  ['nothing', { summary: undefined }, ''],
])('the summary is the %s', (_name, fields, summary) => {
  expect(read(fields).summary).toBe(summary);
});

describe('ranges', () => {
  const git = { type: 'GIT', repo: 'https://x', events: [{ introduced: '0' }] };
  test.each<[string, Record<string, unknown>, unknown[]]>([
    ['of commits are left out', { ranges: [git], versions: ['1'] }, [{ ranges: [], versions: ['1'] }]],
    ['alone of commits make no entry', { ranges: [git] }, []],
    ['without any make no entry', { ranges: [] }, []],
    ['may be null', { ranges: null, versions: ['1.0'] }, [{ ranges: [], versions: ['1.0'] }]],
    [
      'keep several events of one object',
      { ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '1', limit: '3' }] }] },
      [{ ranges: [['introduced', '1', 'limit', '3']], versions: [] }],
    ],
  ])('%s', (_name, fields, affected) => {
    expect(read({ affected: [anAffected(fields)] }).affected).toMatchObject(affected);
    expect(read({ affected: [anAffected(fields)] }).affected).toHaveLength(affected.length);
  });
});

describe('ratings', () => {
  const v3 = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' };
  const none = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N' };
  const scored = { source: 'TEST', score: 9.8, method: 'CVSSv31', vector: v3.score };
  test.each<[string, Record<string, unknown>, unknown[]]>([
    ['a vector', { severity: [v3] }, [{ ...scored, severity: 'critical' }]],
    [
      'a vector and a grade',
      { severity: [v3], database_specific: { severity: 'MODERATE' } },
      [{ ...scored, severity: 'medium' }],
    ],
    [
      'a grade alone',
      { database_specific: { severity: 'High' } },
      [{ source: 'TEST', severity: 'high', method: 'other' }],
    ],
    [
      'a vector of no harm',
      { severity: [none] },
      [{ source: 'TEST', score: 0, method: 'CVSSv31', vector: none.score, severity: 'none' }],
    ],
    ['no vector', { severity: [{ type: 'CVSS_V3', score: 'high' }, null, 'x'] }, []],
    ['an unknown grade', { database_specific: { severity: 'dreadful' } }, []],
    ['nothing', {}, []],
  ])('%s', (_name, fields, ratings) => {
    expect(read(fields).ratings).toEqual(ratings);
    expect(read({ affected: [anAffected(fields)] }).affected[0]?.ratings).toEqual(ratings);
  });
});

describe('a broken record is refused, and says why', () => {
  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'is no JSON'],
    ['a list', [], 'is no JSON object'],
    ['no id', aRecord({ id: undefined }), 'has no usable id'],
    ['an id that is a number', aRecord({ id: 7 }), 'has no usable id'],
    ['affected of another type', aRecord({ affected: {} }), 'has a field affected that is no list'],
    [
      'an affected entry of another type',
      aRecord({ affected: ['lib'] }),
      'has an affected entry that is no object',
    ],
    [
      'a package without name',
      aRecord({ affected: [anAffected({ package: { ecosystem: 'npm' } })] }),
      'without ecosystem or name',
    ],
    [
      'a range of another type',
      aRecord({ affected: [anAffected({ ranges: ['1'] })] }),
      'has a range that is no object',
    ],
    [
      'an unknown kind of range',
      aRecord({ affected: [anAffected({ ranges: [{ type: 'MOON' }] })] }),
      'of an unknown type',
    ],
    [
      'a range without beginning',
      aRecord({ affected: [anAffected({ ranges: [{ type: 'SEMVER', events: [{ fixed: '1' }] }] })] }),
      'nothing is introduced',
    ],
    [
      'an event with a number',
      aRecord({ affected: [anAffected({ ranges: [{ type: 'SEMVER', events: [{ introduced: 0 }] }] })] }),
      'whose version is no text',
    ],
  ])('%s', (_name, record, message) => {
    const text = typeof record === 'string' ? record : JSON.stringify(record);
    expect(() => readOsvRecord(text)).toThrow(BrokenRecord);
    expect(() => readOsvRecord(text)).toThrow(message);
  });

  test('any JSON is read or refused', () => {
    const noise = fc.anything({ withNullPrototype: false });
    fc.assert(
      fc.property(noise, noise, noise, noise, (affected, severity, references, specific) => {
        const record = {
          id: 'X',
          affected,
          severity,
          references,
          aliases: specific,
          database_specific: specific,
        };
        try {
          readOsvRecord(
            JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? 1 : value)) ?? '',
          );
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenRecord);
        }
      }),
      { numRuns: 500 },
    );
  });
});
