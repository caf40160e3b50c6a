/** Artifacts over time: their reports, what changed between two, and totals. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { ArtifactRow } from './read.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

export interface ArtifactPage {
  readonly kind?: 'image' | 'source';
  /** A part of its name, repository, digest or commit. */
  readonly search?: string;
  /** Ids above this one. */
  readonly after: number;
  readonly limit: number;
}

export function artifactPage(db: Db, { kind, search, after, limit }: ArtifactPage): Promise<ArtifactRow[]> {
  let query = db.selectFrom('artifacts').selectAll().where('id', '>', after);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (search !== undefined && search !== '') {
    const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where((eb) =>
      eb.or(
        (['name', 'repository', 'digest', 'sha'] as const).map(
          (column) => sql<boolean>`lower(${eb.ref(column)}) like ${pattern} escape '\\'`,
        ),
      ),
    );
  }
  return query.orderBy('id').limit(limit).execute();
}

/** Reports with their counts, newest first. */
export function reportQuery(db: Db) {
  return db
    .selectFrom('reports')
    .innerJoin('contents', 'contents.id', 'reports.content_id')
    .selectAll('reports')
    .select([
      'contents.components',
      'contents.findings',
      'contents.critical',
      'contents.high',
      'contents.medium',
      'contents.low',
      'contents.unknown',
    ]);
}

export type ReportRow = Awaited<ReturnType<ReturnType<typeof reportQuery>['executeTakeFirstOrThrow']>>;

export interface FindingRow {
  cve_id: string;
  severity: number;
  name: string;
  version: string;
  manager: string;
  purl: string;
}

export interface Changes {
  readonly added: FindingRow[];
  readonly fixed: FindingRow[];
  readonly unchanged: FindingRow[];
}

/** A finding is the same when id, package name and its manager are: an update that does not help fixes nothing. */
export async function changesBetween(db: Db, from: number, to: number): Promise<Changes> {
  const [before, after] = await Promise.all([findingsOf(db, from), findingsOf(db, to)]);
  const keyOf = ({ cve_id, name, manager }: FindingRow): string => JSON.stringify([cve_id, manager, name]);
  const beforeKeys = new Set(before.map(keyOf));
  const afterKeys = new Set(after.map(keyOf));
  return {
    added: after.filter((one) => !beforeKeys.has(keyOf(one))),
    fixed: before.filter((one) => !afterKeys.has(keyOf(one))),
    unchanged: after.filter((one) => beforeKeys.has(keyOf(one))),
  };
}

/** Worst first. */
function findingsOf(db: Db, content: number): Promise<FindingRow[]> {
  return findingQuery(db, content)
    .orderBy('findings.severity')
    .orderBy('vulnerabilities.cve_id')
    .orderBy('packages.name')
    .execute();
}

function findingQuery(db: Db, content: number) {
  return db
    .selectFrom('findings')
    .innerJoin('vulnerabilities', 'vulnerabilities.id', 'findings.vulnerability_id')
    .innerJoin('packages', 'packages.id', 'findings.package_id')
    .select([
      'findings.vulnerability_id',
      'findings.package_id',
      'vulnerabilities.cve_id',
      'findings.severity',
    ])
    .select(['packages.name', 'packages.version', 'packages.manager', 'packages.purl'])
    .where('content_id', '=', content);
}

/** Pages of findings of one content, in the order of vulnerability and package. */
export function findingPage(
  db: Db,
  content: number,
  after: readonly [vulnerability: number, pkg: number],
  limit: number,
): Promise<(FindingRow & { vulnerability_id: number; package_id: number })[]> {
  return findingQuery(db, content)
    .where((eb) =>
      eb.or([
        eb('findings.vulnerability_id', '>', after[0]),
        eb.and([eb('findings.vulnerability_id', '=', after[0]), eb('findings.package_id', '>', after[1])]),
      ]),
    )
    .orderBy('findings.vulnerability_id')
    .orderBy('findings.package_id')
    .limit(limit)
    .execute();
}

/** Over all artifacts, by what the newest report of each says. */
export async function totals(db: Db) {
  const counts = await db
    .selectFrom('artifacts')
    .innerJoin('contents', 'contents.id', 'artifacts.content_id')
    .select((eb) => [
      eb.fn.countAll<number>().as('artifacts'),
      ...(['findings', 'critical', 'high', 'medium', 'low', 'unknown'] as const).map((column) =>
        eb.fn.coalesce(eb.fn.sum<number>(`contents.${column}`), sql<number>`0`).as(column),
      ),
    ])
    .executeTakeFirstOrThrow();
  return counts;
}
