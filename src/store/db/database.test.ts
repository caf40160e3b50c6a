/** One suite over both databases: what is stored, and that nothing is stored twice or by halves. */
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zstdDecompressSync } from 'node:zlib';
import { ManualClock } from '../../lib/manual-clock.ts';
import { aComponent, aFinding, aReport } from '../../report/builders.ts';
import { missingPostgres, startPostgres } from '../../../test/servers/postgres.ts';
import type { Postgres } from '../../../test/servers/postgres.ts';
import { contentOfReport } from './content.ts';
import { findDocument, ingestReport } from './ingest.ts';
import type { NewReport } from './ingest.ts';
import { migrations } from './migrations.ts';
import { openStoreDb } from './open.ts';
import type { StoreDb } from './open.ts';
import type { Tables } from './tables.ts';
import { createToken, findToken, listTokens, revokeToken } from './tokens.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const day = 24 * 60 * 60 * 1000;

function aNewReport(given: Partial<NewReport> = {}, title = 'one'): NewReport {
  const log4j = aFinding({ id: 'CVE-2021-44228', severity: 'CRITICAL', aliases: ['GHSA-jfh8-c2jp-5v3q'] });
  const report = aReport({
    components: [
      aComponent({
        ref: 'a',
        name: 'log4j-core',
        group: 'org.apache.logging.log4j',
        version: '2.14.1',
        purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
        findings: [log4j, aFinding({ id: 'CVE-2021-45046', severity: 'CRITICAL' })],
      }),
      aComponent({ ref: 'b', name: 'left-pad', findings: [aFinding({ severity: 'LOW' })] }),
      aComponent({ ref: 'c', name: 'clean', version: '3' }),
    ],
  });
  return {
    artifact: { kind: 'image', registry: 'registry.test', name: 'app', digest: 'sha256:1111' },
    content: contentOfReport(report),
    document: Buffer.from(`{"title":${JSON.stringify(title)}}`),
    mediaType: 'application/vnd.cyclonedx+json',
    scanner: report.scanner,
    ...given,
  };
}

async function count(store: StoreDb, table: keyof Tables): Promise<number> {
  const { n } = await store.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return n;
}

async function counts(store: StoreDb) {
  const tables = [
    'documents',
    'contents',
    'artifacts',
    'reports',
    'packages',
    'vulnerabilities',
    'findings',
  ] as const;
  const numbers: Record<string, number> = {};
  for (const table of tables) numbers[table] = await count(store, table);
  return numbers;
}

function suite(newLocation: () => Promise<string>): void {
  const open = async (clock = new ManualClock(1000)) => {
    const location = await newLocation();
    return { location, clock, store: await openStoreDb({ location, clock }) };
  };

  test('a report is stored whole, and its parts once', async () => {
    const { store } = await open();
    const done = await ingestReport(store, aNewReport());
    expect(done.created).toBe(true);
    const once = {
      documents: 1,
      contents: 1,
      artifacts: 1,
      reports: 1,
      packages: 3,
      vulnerabilities: 3,
      findings: 3,
    };
    expect(await counts(store)).toEqual(once);
    expect(await store.db.selectFrom('contents').selectAll().executeTakeFirst()).toMatchObject({
      components: 3,
      findings: 3,
      critical: 2,
      low: 1,
    });
    const document = await findDocument(store.db, done.documentDigest);
    expect(zstdDecompressSync(document?.body ?? Buffer.of()).toString()).toBe('{"title":"one"}');
    await store.close();
  });

  test('the same report again changes nothing but when it was seen', async () => {
    const { store, clock } = await open();
    const first = await ingestReport(store, aNewReport());
    const before = await counts(store);
    clock.advance(day);
    const second = await ingestReport(store, aNewReport());
    expect(second).toEqual({ ...first, created: false });
    expect(await counts(store)).toEqual(before);
    const report = await store.db.selectFrom('reports').selectAll().executeTakeFirstOrThrow();
    expect(report.seen_at - report.created_at).toBe(day);
    await store.close();
  });

  test('hundreds of equal reports of different dates cost one content and a row each', async () => {
    const { store } = await open();
    for (let at = 0; at < 300; at += 1) await ingestReport(store, aNewReport({}, `of day ${at}`));
    expect(await counts(store)).toEqual({
      documents: 300,
      contents: 1,
      artifacts: 1,
      reports: 300,
      packages: 3,
      vulnerabilities: 3,
      findings: 3,
    });
    await store.close();
  });

  test('an earlier report that comes again is the newest again', async () => {
    const { store } = await open();
    const fixed = contentOfReport(aReport({ components: [aComponent({ name: 'clean' })] }));
    const first = await ingestReport(store, aNewReport());
    const second = await ingestReport(store, aNewReport({ content: fixed }, 'two'));
    const newest = async () =>
      (await store.db.selectFrom('artifacts').select('report_id').executeTakeFirstOrThrow()).report_id;
    expect(await newest()).toBe(second.reportId);
    await ingestReport(store, aNewReport());
    expect(await newest()).toBe(first.reportId);
    await store.close();
  });

  test('reports that come at the same time, of overlapping packages, are all there', async () => {
    const { store, location } = await open();
    const other = await openStoreDb({ location });
    const reports = Array.from({ length: 40 }, (_, at) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'].toSorted(() => ((at * 7) % 3) - 1).slice(at % 3);
      const components = names.map((name) =>
        aComponent({
          ref: name,
          name,
          findings: [aFinding({ id: `CVE-${name}` }), aFinding({ id: `CVE-${at}` })],
        }),
      );
      return aNewReport({ content: contentOfReport(aReport({ components })) }, `number ${at}`);
    });
    const done = await Promise.all(reports.map((report, at) => ingestReport(at % 2 ? store : other, report)));
    expect(new Set(done.map((one) => one.reportId)).size).toBe(40);
    expect(await count(store, 'reports')).toBe(40);
    expect(await count(store, 'packages')).toBe(6);
    expect(await count(store, 'vulnerabilities')).toBe(46);
    await other.close();
    await store.close();
  });

  test('text that a database cannot hold, and quotes, do no harm', async () => {
    const { store } = await open();
    const name = `x'); drop table reports; --\0\ud800"\\`;
    const content = contentOfReport(
      aReport({
        components: [
          aComponent({ name, version: '\u2028', findings: [aFinding({ id: name, description: name })] }),
        ],
      }),
    );
    await ingestReport(
      store,
      aNewReport({
        content,
        artifact: { kind: 'source', host: name, organization: name, repository: name, sha: name },
      }),
    );
    const row = await store.db.selectFrom('packages').selectAll().executeTakeFirstOrThrow();
    expect(row.name).toBe(`x'); drop table reports; --\ufffd"\\`);
    expect(await count(store, 'findings')).toBe(1);
    await store.close();
  });

  test('what fails half-way leaves nothing', async () => {
    const { store } = await open();
    const broken = aNewReport({ mediaType: undefined as unknown as string });
    await expect(ingestReport(store, broken)).rejects.toThrow();
    expect(Object.values(await counts(store)).every((n) => n === 0)).toBe(true);
    await store.close();
  });

  test('tokens open nothing when they are unknown, revoked or expired, and are not stored', async () => {
    const { store, clock } = await open();
    const { token, info } = await createToken(store, {
      name: 'ci',
      role: 'write',
      expiresAt: clock.now() + day,
    });
    const { token: other } = await createToken(store, { name: 'me', role: 'admin' });
    expect(await findToken(store, token)).toEqual(info);
    expect(await findToken(store, `${token}x`)).toBeUndefined();
    expect(JSON.stringify(await store.db.selectFrom('tokens').selectAll().execute())).not.toContain(token);
    clock.advance(day);
    expect(await findToken(store, token)).toBeUndefined();
    const me = await findToken(store, other);
    await revokeToken(store, me?.id ?? 0);
    expect(await findToken(store, other)).toBeUndefined();
    await expect(revokeToken(store, me?.id ?? 0)).rejects.toThrow(/no token/);
    expect((await listTokens(store)).map((one) => one.name)).toEqual(['ci', 'me']);
    await store.close();
  });

  describe('migrating', () => {
    const next = { version: 2, name: 'next', statements: () => ['create table later (id integer)'] };
    const all = [...migrations, next];

    test('two servers that start at once both find it done once', async () => {
      const location = await newLocation();
      const stores = await Promise.all([1, 2, 3, 4].map(() => openStoreDb({ location, migrations: all })));
      expect(await count(stores[0]!, 'schema_versions')).toBe(2);
      await Promise.all(stores.map((store) => store.close()));
    });

    test('a newer database is refused, with both versions named', async () => {
      const location = await newLocation();
      await (await openStoreDb({ location, migrations: all })).close();
      await expect(openStoreDb({ location })).rejects.toThrow(
        /schema version 2, and this scanlink knows versions up to 1/,
      );
    });

    test('a migration that fails changes nothing', async () => {
      const location = await newLocation();
      await (await openStoreDb({ location })).close();
      const broken = { ...next, statements: () => ['create table later (id integer)', 'no sql'] };
      await expect(openStoreDb({ location, migrations: [...migrations, broken] })).rejects.toThrow(
        /cannot be used/,
      );
      const store = await openStoreDb({ location });
      await expect(
        store.db
          .selectFrom('later' as 'tokens')
          .selectAll()
          .execute(),
      ).rejects.toThrow(/later/);
      await store.close();
    });
  });
}

describe('SQLite', () => {
  let files = 0;
  const newFile = async () => path.join(folder, `${(files += 1)}.db`);
  suite(newFile);

  test('an older file is copied before it is migrated', async () => {
    const location = await newFile();
    const old = await openStoreDb({ location });
    await ingestReport(old, aNewReport());
    await old.close();
    const next = { version: 2, name: 'next', statements: () => ['drop table findings'] };
    await (await openStoreDb({ location, migrations: [...migrations, next] })).close();
    const copy = await openStoreDb({ location: `${location}.v1.backup` });
    expect(await count(copy, 'findings')).toBe(3);
    await copy.close();
    expect(existsSync(`${location}.v1.backup.${process.pid}.new`)).toBe(false);
  });
});

const missing = missingPostgres();
describe.skipIf(missing !== undefined)(`PostgreSQL${missing === undefined ? '' : ` (${missing})`}`, () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  suite(() => server.newDatabase());
});
