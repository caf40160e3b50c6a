import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cycloneDxText } from '../report/index.ts';
import { importOsv } from './db/import.ts';
import { aRecord } from './db/testing.ts';
import { openDb } from './db/open.ts';
import { sbomFolder, scanFolder } from './index.ts';
import type { ScanProgress } from './index.ts';

let root: string;
let project: string;
let db: string;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'scan-link-scan-'));
  project = path.join(root, 'shop');
  mkdirSync(path.join(project, 'tool'), { recursive: true });
  const lock = (packages: Record<string, unknown>): string =>
    JSON.stringify({ lockfileVersion: 3, packages }, null, 2);
  writeFileSync(
    path.join(project, 'package-lock.json'),
    lock({
      '': { dependencies: { lib: '1' } },
      'node_modules/lib': { version: '1.0.0', license: 'MIT' },
      'node_modules/x/node_modules/lib': { version: '1.0.0', dev: true },
    }),
  );
  writeFileSync(
    path.join(project, 'tool/package-lock.json'),
    lock({ '': {}, 'node_modules/lib': { version: '1.0.0', dev: true, license: 'ISC' } }),
  );
  writeFileSync(path.join(project, 'requirements.txt'), 'django\n');
  mkdirSync(path.join(root, 'osv'));
  writeFileSync(
    path.join(root, 'osv/1.json'),
    JSON.stringify(aRecord({ id: 'GHSA-1', aliases: ['CVE-2024-1'] })),
  );
  db = (await importOsv(path.join(root, 'osv'), path.join(root, 'x.db'))).path;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('one component a package, with every place it was found at', async () => {
  const { components } = await sbomFolder(project);
  expect(components).toEqual([
    {
      ref: 'pkg:npm/lib@1.0.0',
      type: 'library',
      name: 'lib',
      version: '1.0.0',
      purl: 'pkg:npm/lib@1.0.0',
      licenses: ['MIT', 'ISC'],
      findings: [],
      ecosystem: 'npm',
      locations: [
        { path: 'package-lock.json', line: 9 },
        { path: 'package-lock.json', line: 13 },
        { path: 'tool/package-lock.json', line: 5 },
      ],
      dev: false,
      direct: true,
    },
    expect.objectContaining({ ref: 'pkg:pypi/django', version: undefined, direct: true }),
  ]);
});

test('a scan says what was scanned, by whom, with what', async () => {
  const report = await scanFolder(project, { db, timestamp: '2026-01-01T00:00:00Z' });
  expect(report).toMatchObject({
    format: { name: 'CycloneDX', version: '1.6', encoding: 'json' },
    subject: { name: 'shop', type: 'application' },
    scanner: { name: 'scan-link', vendor: 'Scan Link', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    db: { name: 'OSV', date: '2024-05-01T00:00:00Z' },
    timestamp: '2026-01-01T00:00:00Z',
    components: [{ findings: [{ id: 'CVE-2024-1', records: ['GHSA-1'] }] }, { findings: [] }],
    incomplete: [
      'requirements.txt: 1 package without a version to match: django',
      '1 package was not matched: the advisory database holds nothing on PyPI',
    ],
  });
  const subject = { name: 'https://example.com/shop.git', version: 'abc' };
  expect((await scanFolder(project, { db, subject })).subject).toEqual(subject);
});

describe('without a database', () => {
  test('a scan is never clean', async () => {
    const report = await scanFolder(project);
    expect(report.incomplete).toContain('No advisory database was given: 2 packages were not matched');
    expect(report.db).toBeUndefined();
  });

  test('an SBOM is what it is', async () => {
    expect((await sbomFolder(project)).incomplete).toEqual([
      'requirements.txt: 1 package without a version to match: django',
    ]);
  });
});

test('the same folder and database give the same bytes', async () => {
  const text = async () => cycloneDxText(await scanFolder(project, { db }), { version: '1.6' });
  const first = await text();
  expect(await text()).toBe(first);
  expect(first).not.toMatch(/timestamp|\/tmp\//);
});

test('a database that is open already is used, and stays open', async () => {
  const open = await openDb(db);
  const first = await scanFolder(project, { db: open });
  expect(await scanFolder(project, { db: open })).toEqual(first);
  expect(open.related('CVE-2024-1')).toHaveLength(1);
  open.close();
});

test('progress is told', async () => {
  const seen: ScanProgress[] = [];
  await scanFolder(project, { db, onProgress: (progress) => seen.push(progress) });
  expect(seen).toEqual([
    { step: 'catalog', files: 1, path: 'package-lock.json' },
    { step: 'catalog', files: 2, path: 'requirements.txt' },
    { step: 'catalog', files: 3, path: 'tool/package-lock.json' },
    { step: 'match', packages: 2 },
  ]);
});

test('a database that cannot be used is an error, before anything is read', async () => {
  await expect(scanFolder(path.join(root, 'absent'), { db: path.join(root, 'no.db') })).rejects.toMatchObject(
    { code: 'DatabaseNotFound' },
  );
  await expect(scanFolder(path.join(root, 'absent'), { db })).rejects.toMatchObject({
    code: 'ScannerFailed',
  });
});
