import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchPackages } from '../match/match.ts';
import type { Package } from '../model.ts';
import { scanFolder } from '../scan.ts';
import { demoDatabase } from './demo.ts';
import { openDb } from './open.ts';
import { readOsvRecord } from './osv-record.ts';
import type { AdvisoryDb, ImportResult } from './types.ts';

const data = fileURLToPath(new URL('../../../data/', import.meta.url));
const records = readdirSync(path.join(data, 'demo-advisories'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => readOsvRecord(readFileSync(path.join(data, 'demo-advisories', name), 'utf8')));

let folder: string;
let built: ImportResult;
let db: AdvisoryDb;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'scan-link-demo-'));
  built = await demoDatabase(path.join(folder, 'demo.db'));
  db = await openDb(built.path);
});
afterAll(() => {
  db?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every record is there, under a name that says what it is', () => {
  expect(built).toMatchObject({ name: 'Scan Link demo set', source: 'data/demo-advisories', problems: [] });
  expect(built.advisories).toBe(records.length);
  expect(records.length).toBeGreaterThanOrEqual(20);
  expect(built.ecosystems.map(({ name }) => name)).toEqual(['Go', 'PyPI', 'crates.io', 'npm']);
});

/** A version that is affected, made of the first range: what it begins with, or one just below the fix. */
function affectedVersion(range: readonly string[]): string {
  const [, introduced = '0', , fixed = ''] = range;
  return introduced === '0' ? `0.0.1` : introduced.replace('-0', '') || fixed;
}

test.each(records.map((record) => ({ record, id: record.id })))(
  '$id matches what it speaks of',
  async ({ record, id }) => {
    expect(record.summary).not.toBe('');
    expect(record.references.length).toBeGreaterThan(0);
    for (const { ecosystem, name, ranges } of record.affected) {
      const [range = []] = ranges;
      const fixed = range.at(-1) ?? '';
      const at = (version: string): Package => ({ ecosystem, name, version, location: { path: 'x' } });
      const [hit, miss] = [at(affectedVersion(range)), at(fixed)];
      const { findings, incomplete } = await matchPackages([hit, miss], db);
      expect(incomplete).toEqual([]);
      expect(findings.get(hit)?.some((finding) => finding.records.includes(id))).toBe(true);
      expect(findings.get(miss)?.some((finding) => finding.records.includes(id)) ?? false).toBe(false);
    }
  },
);

test('the demo project shows what a scan is for', async () => {
  const report = await scanFolder(path.join(data, 'demo-project'), { db });
  expect(report.components.length).toBeGreaterThan(100);
  const found = report.components.flatMap(({ name, version, findings }) =>
    findings.map(
      ({ id, severity, fixedIn }) => `${name}@${version} ${id} ${severity} → ${fixedIn.join(', ')}`,
    ),
  );
  expect(found.sort()).toEqual([
    'axios@1.6.2 CVE-2024-39338 HIGH → 1.7.4',
    'body-parser@1.19.0 CVE-2024-45590 HIGH → 1.20.3',
    'cookie@0.4.0 CVE-2024-47764 LOW → 0.7.0',
    'express@4.17.1 CVE-2024-29041 MEDIUM → 4.19.2',
    'follow-redirects@1.15.3 CVE-2023-26159 MEDIUM → 1.15.4',
    'follow-redirects@1.15.3 CVE-2024-28849 MEDIUM → 1.15.6',
    'json5@2.2.1 CVE-2022-46175 HIGH → 2.2.2',
    'jsonwebtoken@8.5.1 CVE-2022-23539 MEDIUM → 9.0.0',
    'jsonwebtoken@8.5.1 CVE-2022-23541 MEDIUM → 9.0.0',
    'lodash@4.17.20 CVE-2020-28500 MEDIUM → 4.17.21',
    'lodash@4.17.20 CVE-2021-23337 HIGH → 4.17.21',
    'minimist@1.2.5 CVE-2021-44906 CRITICAL → 1.2.6',
    'path-to-regexp@0.1.7 CVE-2024-45296 HIGH → 0.1.10',
    'qs@6.7.0 CVE-2022-24999 HIGH → 6.7.3',
    'semver@7.5.1 CVE-2022-25883 MEDIUM → 7.5.2',
    'send@0.17.1 CVE-2024-43799 MEDIUM → 0.19.0',
    'ws@8.16.0 CVE-2024-37890 HIGH → 8.17.1',
  ]);
  expect(report).toMatchObject({ incomplete: [], db: { name: 'Scan Link demo set' } });
});
