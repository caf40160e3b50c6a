/**
 * The metadata store against the bare databases under it, in one run: reports taken in a second and the time of
 * questions, over SQLite and PostgreSQL. `node bench/store.ts [reports]`; 500 by default, which takes about a minute.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { createAuthority } from '../test/servers/certificates.ts';
import { missingPostgres, startPostgres } from '../test/servers/postgres.ts';
import { aComponent, aFinding, aReport } from '../src/report/builders.ts';
import { cycloneDxText } from '../src/report/index.ts';
import { contentOfReport, ingestReport, openStoreDb } from '../src/store/db/index.ts';
import type { NewReport, StoreDb } from '../src/store/db/index.ts';
import { storeApp } from '../src/store/http/server.ts';

const reports = Number(process.argv[2] ?? 500);
const componentsEach = 300;
const findingsEach = 100;
const clients = 16;
const authority = createAuthority('bench');

/** Of `reports` artifacts that share most of their packages, as images of one company do. */
function makeReport(at: number): NewReport {
  const components = Array.from({ length: componentsEach }, (_, n) => {
    const pick = (n * 37 + at * (n % 5)) % 6000;
    const name = `package-${pick}`;
    const findings =
      n < findingsEach
        ? [
            aFinding({
              id: `CVE-2024-${10_000 + (pick % 3000)}`,
              description: `What is wrong with number ${pick % 3000}. `.repeat(8),
            }),
          ]
        : [];
    return aComponent({
      ref: `${n}`,
      name,
      version: `${pick % 7}.1.0`,
      purl: `pkg:npm/${name}@${pick % 7}.1.0`,
      findings,
    });
  });
  const report = aReport({ timestamp: new Date(at * 1000).toISOString(), components });
  return {
    artifact: { kind: 'image', registry: 'registry.test', name: `team/app-${at}`, digest: `sha256:${at}` },
    content: contentOfReport(report),
    document: Buffer.from(cycloneDxText(report, { version: '1.6' })),
    mediaType: 'application/vnd.cyclonedx+json',
  };
}

/** What the database itself needs to insert the same number of rows of the same width, a transaction a report. */
async function bareInserts(store: StoreDb, count: number): Promise<number> {
  const clustered = store.flavour.clustered;
  await sql
    .raw(`create table bare_f (c bigint, v bigint, p bigint, s smallint, primary key (c, v, p))${clustered}`)
    .execute(store.db);
  await sql.raw(`create table bare_p (c bigint, p bigint, primary key (c, p))${clustered}`).execute(store.db);
  await sql.raw('create index bare_fv on bare_f (v, c)').execute(store.db);
  await sql.raw('create index bare_fp on bare_f (p, v)').execute(store.db);
  await sql.raw('create index bare_pp on bare_p (p, c)').execute(store.db);
  await sql.raw(`create table bare_d (id bigint primary key, body ${store.flavour.bytes})`).execute(store.db);
  const body = Buffer.alloc(12_000, 1);
  const started = performance.now();
  for (let at = 0; at < count; at += 1) {
    await store.db.transaction().execute(async (db) => {
      await sql`insert into bare_d values (${at}, ${body})`.execute(db);
      const pairs = Array.from(
        { length: componentsEach },
        (_, n) => sql`(${at}, ${(n * 37 + at * (n % 5)) * 7})`,
      );
      await sql`insert into bare_p values ${sql.join(pairs)} on conflict do nothing`.execute(db);
      const rows = Array.from(
        { length: findingsEach },
        (_, n) => sql`(${at}, ${n * 31}, ${(n * 37 + at * (n % 5)) * 7}, 1)`,
      );
      await sql`insert into bare_f values ${sql.join(rows)} on conflict do nothing`.execute(db);
    });
  }
  return performance.now() - started;
}

async function measure(name: string, location: string): Promise<void> {
  const store = await openStoreDb({ location });
  const ready = Array.from({ length: reports }, (_, at) => makeReport(at));
  const raw = ready.reduce((sum, one) => sum + one.document.length, 0);
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let one = ready[next++]; one; one = ready[next++]) await ingestReport(store, one);
    }),
  );
  const taken = performance.now() - started;
  const size = name === 'SQLite' ? fileSize(location) : await postgresSize(store);
  const bare = await bareInserts(store, Math.min(reports, 200));
  const bareEach = bare / Math.min(reports, 200);
  console.log(`${name}: ${reports} reports of ${componentsEach} components and ${findingsEach} findings`);
  console.log(
    `  taken in        ${((reports / taken) * 1000).toFixed(0)} a second (bare inserts: ${(1000 / bareEach).toFixed(0)}; ratio ${(taken / reports / bareEach).toFixed(2)})`,
  );
  console.log(
    `  size on disk    ${(size / 1e6).toFixed(1)} MB, ${(size / raw).toFixed(3)} of ${(raw / 1e6).toFixed(1)} MB of documents`,
  );
  await questions(store);
  await store.close();
}

const fileSize = (file: string): number =>
  ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

async function postgresSize(store: StoreDb): Promise<number> {
  const { rows } = await sql<{ n: number }>`select pg_database_size(current_database()) as n`.execute(
    store.db,
  );
  return rows[0]?.n ?? 0;
}

async function questions(store: StoreDb): Promise<void> {
  const app = await storeApp({ store, trusted: true, tls: authority.issueServer() });
  const paths: [name: string, path: (n: number) => string][] = [
    ['image by digest', (n) => `/api/images?digest=sha256:${n % reports}`],
    ['vulnerabilities of an image', (n) => `/api/images/sha256:${n % reports}/vulnerabilities`],
    ['packages of an image', (n) => `/api/images/sha256:${n % reports}/packages`],
    [
      'images with a vulnerability',
      (n) => `/api/vulnerabilities/CVE-2024-${10_000 + ((n * 37) % 3000)}/images`,
    ],
    [
      'packages with a vulnerability',
      (n) => `/api/vulnerabilities/CVE-2024-${10_000 + ((n * 37) % 3000)}/packages`,
    ],
    ['images with a package', (n) => `/api/packages/package-${(n * 37) % 6000}/images`],
    ['artifacts, by page', (n) => `/api/v2/artifacts?limit=50&after=${n % reports}`],
    [
      'changes between two reports',
      (n) => `/api/v2/changes?from=${1 + (n % reports)}&to=${1 + ((n + 1) % reports)}`,
    ],
  ];
  for (const [name, path] of paths) {
    const times: number[] = [];
    let asked = 0;
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (asked < 320) {
          asked += 1;
          const started = performance.now();
          const { statusCode } = await app.inject({ method: 'GET', url: path(asked) });
          if (statusCode !== 200 && statusCode !== 404) throw new Error(`${path(asked)}: ${statusCode}`);
          times.push(performance.now() - started);
        }
      }),
    );
    times.sort((a, b) => a - b);
    const at = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
    console.log(`  ${name.padEnd(32)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms with ${clients} clients`);
  }
  await app.close();
}

const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-bench-'));
try {
  await measure('SQLite', path.join(folder, 'store.db'));
  const missing = missingPostgres();
  if (missing !== undefined) console.log(`PostgreSQL: ${missing}`);
  else {
    const server = await startPostgres();
    try {
      await measure('PostgreSQL', await server.newDatabase());
    } finally {
      await server.stop();
    }
  }
  console.log(`memory: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, the reports to send among it`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
