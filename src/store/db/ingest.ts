/** Takes one report in: all of it or nothing, and the same one twice is one. */
import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import { artifactColumns } from './artifact.ts';
import type { ArtifactRef } from './artifact.ts';
import { clean, contentDigest, countContent, keyOf } from './content.ts';
import type { Content, VulnerabilityContent } from './content.ts';
import type { Flavour } from './flavour.ts';
import type { StoreDb } from './open.ts';
import { rowsTable } from './rows.ts';
import { retryOnConflict } from './retry.ts';
import type { Tables } from './tables.ts';

export interface NewReport {
  readonly artifact: ArtifactRef;
  readonly content: Content;
  /** As it came. */
  readonly document: Uint8Array;
  readonly mediaType: string;
  readonly scanner?: { readonly name?: string; readonly version?: string };
  readonly db?: { readonly name?: string; readonly version?: string; readonly date?: string };
  /** The scan resource it is the result of. */
  readonly scan?: { readonly namespace: string; readonly name: string };
  readonly incomplete?: readonly string[];
  /** Of an image: what it was built from. */
  readonly sources?: readonly NewReport[];
}

export interface Ingested {
  readonly reportId: number;
  readonly artifactId: number;
  /** sha256 of the document, hexadecimal. */
  readonly documentDigest: string;
  /** False when it was there before. */
  readonly created: boolean;
}

type Write = { readonly db: Transaction<Tables>; readonly flavour: Flavour; readonly now: number };

/** Acknowledged when it resolves: it is on disk then. */
export async function ingestReport(store: StoreDb, report: NewReport): Promise<Ingested> {
  // Compressed and counted before the transaction, which others wait for.
  const ready = prepare(report);
  const now = store.clock.now();
  return retryOnConflict(() =>
    store.db.transaction().execute((db) => write({ db, flavour: store.flavour, now }, ready)),
  );
}

interface Ready {
  readonly report: NewReport;
  readonly documentDigest: string;
  readonly body: Uint8Array;
  readonly contentDigest: string;
  readonly sources: readonly Ready[];
}

function prepare(report: NewReport): Ready {
  return {
    report,
    documentDigest: createHash('sha256').update(report.document).digest('hex'),
    body: zstdCompressSync(report.document),
    contentDigest: contentDigest(report.content),
    sources: (report.sources ?? []).map(prepare),
  };
}

async function write(to: Write, ready: Ready): Promise<Ingested> {
  const { db, now } = to;
  const artifactId = await artifactOf(to, ready.report.artifact);
  const known = await db
    .selectFrom('reports')
    .select(['id', 'content_id'])
    .where('artifact_id', '=', artifactId)
    .where('document_digest', '=', ready.documentDigest)
    .executeTakeFirst();
  let reportId: number;
  let contentId: number;
  if (known) {
    reportId = known.id;
    contentId = known.content_id;
    await db.updateTable('reports').set({ seen_at: now }).where('id', '=', reportId).execute();
  } else {
    await keepDocument(to, ready);
    contentId = await contentOf(to, ready);
    reportId = await addReport(to, ready, artifactId, contentId);
  }
  await db
    .updateTable('artifacts')
    .set({ content_id: contentId, report_id: reportId, updated_at: now })
    .where('id', '=', artifactId)
    .execute();
  for (const source of ready.sources) await linkSource(to, artifactId, await write(to, source));
  return { reportId, artifactId, documentDigest: ready.documentDigest, created: !known };
}

async function linkSource({ db }: Write, imageId: number, source: Ingested): Promise<void> {
  await db
    .insertInto('image_sources')
    .values({ image_id: imageId, source_id: source.artifactId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function artifactOf({ db, now }: Write, ref: ArtifactRef): Promise<number> {
  const columns = artifactColumns(ref);
  const find = () =>
    db.selectFrom('artifacts').select('id').where('key', '=', columns.key).executeTakeFirst();
  const found = await find();
  if (found) return found.id;
  await db
    .insertInto('artifacts')
    .values({ ...columns, content_id: null, report_id: null, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const made = await find();
  if (!made) throw new Error('an artifact was not found after it was inserted');
  return made.id;
}

async function keepDocument({ db, now }: Write, ready: Ready): Promise<void> {
  const known = await db
    .selectFrom('documents')
    .select('digest')
    .where('digest', '=', ready.documentDigest)
    .executeTakeFirst();
  if (known) return;
  await db
    .insertInto('documents')
    .values({
      digest: ready.documentDigest,
      media_type: ready.report.mediaType,
      bytes: ready.report.document.length,
      body: Buffer.from(ready.body),
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}

async function addReport(
  { db, now }: Write,
  { report, documentDigest }: Ready,
  artifactId: number,
  contentId: number,
): Promise<number> {
  const { id } = await db
    .insertInto('reports')
    .values({
      artifact_id: artifactId,
      content_id: contentId,
      document_digest: documentDigest,
      scanner: clean(report.scanner?.name, 200),
      scanner_version: clean(report.scanner?.version, 200),
      db_name: clean(report.db?.name, 200),
      db_version: clean(report.db?.version, 200),
      db_date: clean(report.db?.date, 200),
      namespace: clean(report.scan?.namespace, 300),
      scan: clean(report.scan?.name, 300),
      incomplete: JSON.stringify((report.incomplete ?? []).slice(0, 1000).map((one) => clean(one))),
      created_at: now,
      seen_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** The id of what the report says; written only when no report said it before. */
async function contentOf(to: Write, ready: Ready): Promise<number> {
  const { db, now } = to;
  const find = () =>
    db.selectFrom('contents').select('id').where('digest', '=', ready.contentDigest).executeTakeFirst();
  const { content } = ready.report;
  const found = await find();
  if (found) {
    await keepVulnerabilities(to, content);
    return found.id;
  }
  const [critical, high, medium, low, unknown] = countContent(content);
  const made = await db
    .insertInto('contents')
    .values({
      digest: ready.contentDigest,
      components: content.packages.size,
      findings: content.findings.length,
      ...{ critical, high, medium, low, unknown },
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .returning('id')
    .executeTakeFirst();
  await keepVulnerabilities(to, content);
  if (!made) return (await find())?.id ?? Promise.reject(new Error('content vanished while it was written'));
  await keepPackages(to, content);
  await keepFindings(to, made.id, content);
  return made.id;
}

/** In the order of their keys, so that two servers which insert the same ones wait for each other and never in a ring. */
async function keepPackages({ db, flavour, now }: Write, content: Content): Promise<void> {
  const rows = [...content.packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, one.name, one.version, one.manager, one.purl, one.homepage]);
  await sql`insert into packages (key, name, version, manager, purl, homepage, created_at)
    select c0, c1, c2, c3, c4, c5, cast(${now} as bigint) from ${rowsTable(flavour, rows, 6, 'r')}
    where not exists (select 1 from packages p where p.key = c0)
    on conflict (key) do nothing`.execute(db);
}

/** A later report knows better what an id is; one that says the same writes nothing. */
async function keepVulnerabilities({ db, flavour, now }: Write, content: Content): Promise<void> {
  if (content.vulnerabilities.size === 0) return;
  const rows = [...content.vulnerabilities.values()]
    .sort((a, b) => (a.cveId < b.cveId ? -1 : 1))
    .map(vulnerabilityCells);
  await sql`insert into vulnerabilities (cve_id, cna, description, url, refs, ratings, aliases, fixed_in, severity,
      hash, created_at)
    select c0, c1, c2, c3, c4, c5, c6, c7, cast(c8 as smallint), c9, cast(${now} as bigint)
    from ${rowsTable(flavour, rows, 10, 'r')}
    where not exists (select 1 from vulnerabilities v where v.cve_id = c0 and v.hash = c9)
    on conflict (cve_id) do update set cna = excluded.cna, description = excluded.description, url = excluded.url,
      refs = excluded.refs, ratings = excluded.ratings, aliases = excluded.aliases, fixed_in = excluded.fixed_in,
      severity = excluded.severity, hash = excluded.hash`.execute(db);
}

function vulnerabilityCells(one: VulnerabilityContent): (string | number)[] {
  const lists = [one.references, one.ratings, one.aliases, one.fixedIn].map((list) =>
    clean(JSON.stringify(list), 1024 * 1024),
  );
  const texts = [one.cveId, one.cna, one.description, one.url, ...lists];
  return [...texts, one.severity, keyOf(...texts, String(one.severity))];
}

async function keepFindings({ db, flavour }: Write, contentId: number, content: Content): Promise<void> {
  const packages = [...content.packages.keys()].map((key) => [key]);
  // "cross join" is SQLite's word for: in this order. The rows are few, the tables are large.
  await sql`insert into content_packages (content_id, package_id)
    select cast(${contentId} as bigint), p.id from ${rowsTable(flavour, packages, 1, 'r')}
    cross join packages p where p.key = r.c0`.execute(db);
  if (content.findings.length === 0) return;
  const findings = content.findings.map((one) => [one.cveId, one.packageKey, one.severity]);
  await sql`insert into findings (content_id, vulnerability_id, package_id, severity)
    select cast(${contentId} as bigint), v.id, p.id, cast(r.c2 as smallint)
    from ${rowsTable(flavour, findings, 3, 'r')} cross join vulnerabilities v cross join packages p
    where v.cve_id = r.c0 and p.key = r.c1`.execute(db);
}

/** The whole document, or undefined. */
export async function findDocument(
  db: Kysely<Tables>,
  digest: string,
): Promise<{ mediaType: string; bytes: number; body: Uint8Array } | undefined> {
  const row = await db.selectFrom('documents').selectAll().where('digest', '=', digest).executeTakeFirst();
  return row && { mediaType: row.media_type, bytes: row.bytes, body: row.body };
}
