import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScanLinkError } from '../../lib/errors.ts';
import { importOsv } from './import.ts';
import { openDb } from './open.ts';
import { applicationId, schemaVersion } from './schema.ts';
import { aRecord, aZip, anAffected } from './testing.ts';
import type { ImportProgress } from './types.ts';

let root: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'scan-link-import-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with these files; zips are given as their entries. */
function sourceOf(files: Readonly<Record<string, string | Record<string, unknown>>>): string {
  const folder = path.join(root, `source-${count++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === 'string') writeFileSync(file, content);
    else
      writeFileSync(
        file,
        aZip(Object.fromEntries(Object.entries(content).map(([key, value]) => [key, JSON.stringify(value)]))),
      );
  }
  return folder;
}

const json = (fields: Readonly<Record<string, unknown>> = {}): string => JSON.stringify(aRecord(fields));
const target = (): string => path.join(root, 'db', `${count++}.db`);

async function failureOf(run: Promise<unknown>): Promise<ScanLinkError> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  if (!(error instanceof ScanLinkError)) throw new Error(`no ScanLinkError: ${String(error)}`);
  return error;
}

describe('reads', () => {
  test.each<[string, Record<string, string | Record<string, unknown>>]>([
    ['<ecosystem>.zip', { 'npm.zip': { 'TEST-1.json': aRecord() } }],
    ['<ecosystem>/all.zip', { 'npm/all.zip': { 'TEST-1.json': aRecord() } }],
    ['loose records', { 'npm/TEST-1.json': json(), 'README.md': 'not this' }],
    ['archives that share a record', { 'a.zip': { '1.json': aRecord() }, 'b.zip': { '1.json': aRecord() } }],
  ])('%s', async (_name, files) => {
    const result = await importOsv(sourceOf(files), target());
    expect(result).toMatchObject({
      schemaVersion,
      name: 'OSV',
      advisories: 1,
      skipped: 0,
      withdrawn: 0,
      date: '2024-05-01T00:00:00Z',
      ecosystems: [{ name: 'npm', advisories: 1, newest: '2024-05-01T00:00:00Z' }],
      problems: [],
    });
  });

  test('a single file', async () => {
    const folder = sourceOf({ 'one.json': json(), 'npm.zip': { 'x.json': aRecord({ id: 'TEST-2' }) } });
    expect((await importOsv(path.join(folder, 'one.json'), target())).advisories).toBe(1);
    expect((await importOsv(path.join(folder, 'npm.zip'), target())).advisories).toBe(1);
  });

  test('of two records with one id the later modified', async () => {
    const older = aRecord({ summary: 'old', aliases: ['CVE-1'] });
    const newer = aRecord({ summary: 'new', modified: '2025-01-01T00:00:00Z' });
    const zip = (record: unknown) => ({ 'x.json': record });
    for (const files of [
      { 'a.zip': zip(older), 'b.zip': zip(newer) },
      { 'a.zip': zip(newer), 'b.zip': zip(older) },
    ]) {
      const { path: file, advisories, date, ecosystems } = await importOsv(sourceOf(files), target());
      expect({ advisories, date, count: ecosystems[0]?.advisories }).toEqual({
        advisories: 1,
        date: '2025-01-01T00:00:00Z',
        count: 1,
      });
      const db = await openDb(file);
      expect(db.affected('npm', 'lib').map(({ advisory }) => db.advisory(advisory).summary)).toEqual(['new']);
      expect(db.related('TEST-1')).toHaveLength(1);
      expect(db.related('CVE-1')).toEqual([]);
      db.close();
    }
  });

  test('broken records are left out and named, withdrawn ones left out and counted', async () => {
    const files = {
      'a.json': json({ id: 'TEST-A' }),
      'b.json': '{"id": "TEST-B", "affected": 7}',
      'c.json': json({ id: 'TEST-C', withdrawn: '2024-01-01T00:00:00Z' }),
      'd.zip': 'not a zip',
      'e.json': json({ id: 'TEST-E', modified: '0001-01-01T00:00:00Z' }),
    };
    expect(await importOsv(sourceOf(files), target())).toMatchObject({
      advisories: 2,
      skipped: 2,
      withdrawn: 1,
      date: '2024-05-01T00:00:00Z',
      problems: ['b.json has a field affected that is no list', 'd.zip is no zip file, or ends early'],
    });
  });

  test('names become those of the registry, and releases stay apart', async () => {
    const affected = [
      anAffected({ package: { ecosystem: 'PyPI', name: 'Zope.Interface' } }),
      anAffected({ package: { ecosystem: 'Debian:12', name: 'curl' } }),
      anAffected({ package: { ecosystem: 'Debian:11', name: 'curl' } }),
    ];
    const result = await importOsv(sourceOf({ 'a.json': json({ affected }) }), target());
    expect(result.ecosystems.map(({ name, advisories }) => [name, advisories])).toEqual([
      ['Debian', 1],
      ['PyPI', 1],
    ]);
    const db = await openDb(result.path);
    expect(db.affected('PyPI', 'zope-interface')).toHaveLength(1);
    expect(db.affected('Debian:12', 'curl')).toHaveLength(1);
    expect(['Debian:12', 'Debian:13', 'Debian', 'npm'].map((name) => db.hasEcosystem(name))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    db.close();
  });
});

test('the same records give the same version, whatever their order and packing', async () => {
  const [a, b] = [aRecord({ id: 'A' }), aRecord({ id: 'B' })];
  const one = await importOsv(sourceOf({ 'x.zip': { 'a.json': a, 'b.json': b } }), target());
  const two = await importOsv(
    sourceOf({ '1.json': JSON.stringify(b), '2.json': JSON.stringify(a) }),
    target(),
  );
  const three = await importOsv(sourceOf({ '1.json': JSON.stringify(b) }), target());
  expect(two.version).toBe(one.version);
  expect(three.version).not.toBe(one.version);
});

test('progress is told', async () => {
  const seen: ImportProgress[] = [];
  await importOsv(sourceOf({ 'a.json': json() }), target(), {
    onProgress: (progress) => seen.push(progress),
  });
  expect(seen).toEqual([{ file: 'a.json', records: 0 }]);
});

describe('the file in place', () => {
  test('is replaced at once: who has the old one open goes on reading it', async () => {
    const file = target();
    await importOsv(sourceOf({ 'a.json': json() }), file);
    const db = await openDb(file);
    await importOsv(sourceOf({ 'a.json': json({ id: 'TEST-2' }) }), file);
    expect(db.related('TEST-1')).toHaveLength(1);
    db.close();
    const next = await openDb(file);
    expect([next.related('TEST-1'), next.related('TEST-2')]).toMatchObject([[], [{ id: 'TEST-2' }]]);
    next.close();
  });

  test('stays as it is when an import fails or is given up, and nothing else is left', async () => {
    const file = target();
    const { version } = await importOsv(sourceOf({ 'a.json': json() }), file);
    expect(await failureOf(importOsv(sourceOf({ 'a.json': '{' }), file))).toMatchObject({
      code: 'DatabaseImportFailed',
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(importOsv(sourceOf({ 'a.json': json() }), file, { signal })).rejects.toThrow('enough');
    expect((await openDb(file)).info.version).toBe(version);
    expect(readdirSync(path.dirname(file)).filter((name) => name.includes('.part-'))).toEqual([]);
  });

  test('what killed imports left behind is removed', async () => {
    const file = target();
    mkdirSync(path.dirname(file), { recursive: true });
    // No process has this number: it is above the highest that Linux gives.
    writeFileSync(`${file}.part-99999999`, 'half');
    await importOsv(sourceOf({ 'a.json': json() }), file);
    expect(existsSync(`${file}.part-99999999`)).toBe(false);
  });
});

describe('refuses', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'a source that is not there',
      () => path.join(root, 'absent'),
      /There are no advisories to import at .*absent/,
    ],
    ['a folder without any', () => sourceOf({ 'README.md': '' }), /there are no \.zip or \.json files in it/],
    [
      'nothing but broken ones',
      () => sourceOf({ 'x.json': '[]' }),
      /the first problem: x\.json is no JSON object/,
    ],
  ])('%s', async (_name, make, message) => {
    const error = await failureOf(importOsv(make(), target()));
    expect(error.code).toBe('DatabaseImportFailed');
    expect(error.message).toMatch(message);
  });

  test('to write where it cannot', async () => {
    const source = sourceOf({ 'a.json': json() });
    const blocked = path.join(source, 'a.json', 'x.db');
    expect(await failureOf(importOsv(source, blocked))).toMatchObject({ code: 'DatabaseImportFailed' });
  });
});

describe('opening', () => {
  test.each<[string, (file: string) => void, string, RegExp]>([
    ['nothing', () => {}, 'DatabaseNotFound', /There is no advisory database at/],
    ['no database', (file) => writeFileSync(file, 'x'.repeat(5000)), 'DatabaseInvalid', /cannot be read/],
    [
      'an empty file',
      (file) => writeFileSync(file, ''),
      'DatabaseInvalid',
      /is no advisory database of Scan Link/,
    ],
    [
      'a database of something else',
      (file) => edit(file, 'CREATE TABLE x (y)'),
      'DatabaseInvalid',
      /is no advisory database/,
    ],
    [
      'one of a later program',
      (file) =>
        edit(file, `PRAGMA application_id=${applicationId}; PRAGMA user_version=${schemaVersion + 1}`),
      'DatabaseTooNew',
      new RegExp(`has schema version ${schemaVersion + 1}, this program reads up to ${schemaVersion}`),
    ],
    [
      'one that was not finished',
      (file) =>
        edit(
          file,
          `PRAGMA application_id=${applicationId}; PRAGMA user_version=1; CREATE TABLE meta (key, value)`,
        ),
      'DatabaseInvalid',
      /its import did not finish/,
    ],
  ])('%s', async (_name, make, code, message) => {
    const file = path.join(root, `open-${count++}.db`);
    make(file);
    const error = await failureOf(openDb(file));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  function edit(file: string, sql: string): void {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  }
});
