import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { importOsv } from '../db/import.ts';
import { openDb } from '../db/open.ts';
import { aRecord, anAffected } from '../db/testing.ts';
import type { AdvisoryDb } from '../db/types.ts';
import type { Package } from '../model.ts';
import { matchPackages } from './match.ts';
import type { ScannedFinding } from './finding.ts';

let cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp) step();
  cleanUp = [];
});

async function aDatabase(...records: Record<string, unknown>[]): Promise<AdvisoryDb> {
  const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-match-'));
  for (const [index, record] of records.entries())
    writeFileSync(path.join(folder, `${index}.json`), JSON.stringify(record));
  const db = await openDb((await importOsv(folder, path.join(folder, 'x.db'))).path);
  cleanUp.push(
    () => db.close(),
    () => rmSync(folder, { recursive: true }),
  );
  return db;
}

const aPackage = (fields: Partial<Package> = {}): Package => ({
  ecosystem: 'npm',
  name: 'lib',
  version: '1.0.0',
  location: { path: 'package-lock.json' },
  ...fields,
});

async function findingsIn(db: AdvisoryDb, found = aPackage()): Promise<ScannedFinding[]> {
  const { findings } = await matchPackages([found], db);
  return findings.get(found) ?? [];
}

const critical = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' };

test('a finding says what is known', async () => {
  const db = await aDatabase(
    aRecord({
      id: 'GHSA-1',
      aliases: ['CVE-2024-1'],
      severity: [critical],
      references: [{ type: 'ADVISORY', url: 'https://example.com/1' }],
      database_specific: { cwe_ids: ['CWE-79'] },
    }),
  );
  expect(await findingsIn(db)).toEqual([
    {
      id: 'CVE-2024-1',
      severity: 'CRITICAL',
      ratings: [
        { source: 'GHSA', severity: 'critical', score: 9.8, method: 'CVSSv31', vector: critical.score },
      ],
      aliases: ['GHSA-1'],
      description: 'Something is wrong.',
      source: { name: 'OSV', url: 'https://osv.dev/vulnerability/GHSA-1' },
      advisories: ['https://example.com/1'],
      cwes: [79],
      fixedIn: ['2.0.0'],
      recommendation: 'Update to 2.0.0',
      records: ['GHSA-1'],
    },
  ]);
});

test('records of one vulnerability are one finding with what each of them says', async () => {
  const db = await aDatabase(
    aRecord({
      id: 'GHSA-1',
      aliases: ['CVE-2024-1'],
      severity: [critical],
      summary: '',
      database_specific: { cwe_ids: ['CWE-1'] },
    }),
    aRecord({
      id: 'OTHER-1',
      aliases: ['CVE-2024-1'],
      affected: [
        anAffected({ ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.10.0' }] }] }),
      ],
    }),
  );
  expect(await findingsIn(db)).toMatchObject([
    {
      id: 'CVE-2024-1',
      records: ['GHSA-1', 'OTHER-1'],
      fixedIn: ['1.10.0', '2.0.0'],
      description: 'Something is wrong.',
      cwes: [1],
    },
  ]);
});

describe('the severity', () => {
  const go = (fields: Record<string, unknown>) => aRecord({ affected: [anAffected()], ...fields });
  const elsewhere = [anAffected({ package: { ecosystem: 'PyPI', name: 'other' } })];
  test.each<[string, Record<string, unknown>[], string]>([
    ["is the record's own", [go({ severity: [critical] })], 'CRITICAL'],
    [
      'is that for the package where there is one',
      [go({ severity: [critical], affected: [anAffected({ database_specific: { severity: 'low' } })] })],
      'LOW',
    ],
    [
      'comes from a record of the same CVE',
      [
        go({ aliases: ['CVE-1'] }),
        aRecord({ id: 'B', aliases: ['CVE-1'], affected: elsewhere, severity: [critical] }),
      ],
      'CRITICAL',
    ],
    [
      'comes from a record that is the alias',
      [
        go({ aliases: ['GHSA-1'] }),
        aRecord({ id: 'GHSA-1', affected: elsewhere, database_specific: { severity: 'high' } }),
      ],
      'HIGH',
    ],
    [
      'comes from a record that names this one',
      [
        go({ id: 'A' }),
        aRecord({ id: 'B', aliases: ['A'], affected: elsewhere, database_specific: { severity: 'high' } }),
      ],
      'HIGH',
    ],
    [
      'comes from what it was made from',
      [
        go({ upstream: ['CVE-1', 'CVE-2'] }),
        aRecord({ id: 'CVE-2', affected: elsewhere, severity: [critical] }),
      ],
      'CRITICAL',
    ],
    [
      'is not overruled by a relative',
      [
        go({ aliases: ['CVE-1'], database_specific: { severity: 'low' } }),
        aRecord({ id: 'B', aliases: ['CVE-1'], affected: elsewhere, severity: [critical] }),
      ],
      'LOW',
    ],
    ['is unknown otherwise', [go({ aliases: ['CVE-1'] })], 'UNKNOWN'],
  ])('%s', async (_name, records, severity) => {
    expect(await findingsIn(await aDatabase(...records))).toMatchObject([{ severity }]);
  });
});

describe('names', () => {
  test.each<[string, string, string, number]>([
    ['PyPI', 'Zope.Interface', 'zope-interface', 1],
    ['PyPI', 'zope_interface', 'ZOPE--interface', 1],
    ['crates.io', 'serde_json', 'serde-json', 1],
    ['npm', 'JSONStream', 'jsonstream', 0],
    ['Go', 'github.com/A/b', 'github.com/a/b', 0],
  ])('%s: an advisory on %s and the package %s', async (ecosystem, advised, installed, count) => {
    const affected = [anAffected({ package: { ecosystem, name: advised } })];
    const found = aPackage({ ecosystem, name: installed });
    expect(await findingsIn(await aDatabase(aRecord({ affected })), found)).toHaveLength(count);
  });
});

describe('what cannot be matched is said', () => {
  test.each<[string, Package[], string[]]>([
    [
      'an ecosystem the database does not hold',
      [aPackage({ ecosystem: 'PyPI' }), aPackage({ ecosystem: 'PyPI', name: 'b' })],
      ['2 packages were not matched: the advisory database holds nothing on PyPI'],
    ],
    [
      'one alone',
      [aPackage({ ecosystem: 'Maven' })],
      ['1 package was not matched: the advisory database holds nothing on Maven'],
    ],
    [
      'a version that is none',
      [aPackage({ version: 'latest' })],
      ['npm: versions that cannot be compared: lib latest (TEST-1)'],
    ],
    ['nothing, where nothing is wrong', [aPackage(), aPackage({ name: 'safe' })], []],
  ])('%s', async (_name, packages, incomplete) => {
    expect((await matchPackages(packages, await aDatabase(aRecord()))).incomplete).toEqual(incomplete);
  });
});

test('a package without a version, or whose version is not affected, has no findings', async () => {
  const db = await aDatabase(aRecord());
  expect(await findingsIn(db, aPackage({ version: undefined }))).toEqual([]);
  expect(await findingsIn(db, aPackage({ version: '2.0.0' }))).toEqual([]);
});

test('a record that speaks of a package several times is one match', async () => {
  const range = (fixed: string) => [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }];
  const affected = [anAffected({ ranges: range('3.0.0') }), anAffected({ ranges: range('1.5.0') })];
  expect(await findingsIn(await aDatabase(aRecord({ affected })))).toMatchObject([
    { records: ['TEST-1'], fixedIn: ['1.5.0', '3.0.0'] },
  ]);
});
