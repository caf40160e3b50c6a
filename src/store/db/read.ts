/** What the store is asked: rows, without a shape of any API. An artifact has what its newest report has. */
import { sql } from 'kysely';
import type { Kysely, Selectable } from 'kysely';
import { severities } from '../../report/model.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;
export type ArtifactRow = Selectable<Tables['artifacts']>;
export type PackageRow = Selectable<Tables['packages']>;
export type VulnerabilityRow = Selectable<Tables['vulnerabilities']>;

export interface ArtifactFilter {
  readonly kind: 'image' | 'source';
  readonly id?: number;
  readonly digest?: string;
  readonly name?: string;
  readonly repository?: string;
  readonly organization?: string;
  readonly sha?: string;
  /** Of an image its id or digest; of a source its id, repository or commit. */
  readonly anyOf?: string;
}

/** Newest first. */
export function findArtifacts(db: Db, filter: ArtifactFilter, limit?: number): Promise<ArtifactRow[]> {
  let query = db.selectFrom('artifacts').selectAll().where('kind', '=', filter.kind);
  for (const column of ['id', 'digest', 'name', 'repository', 'organization', 'sha'] as const) {
    const value = filter[column];
    if (value !== undefined) query = query.where(column, '=', value);
  }
  const { anyOf } = filter;
  if (anyOf !== undefined) {
    const id = idOf(anyOf);
    query = query.where((eb) =>
      eb.or([
        ...(id === undefined ? [] : [eb('id', '=', id)]),
        ...(filter.kind === 'image'
          ? [eb('digest', '=', anyOf)]
          : [eb('repository', '=', anyOf), eb('sha', '=', anyOf)]),
      ]),
    );
  }
  query = query.orderBy('updated_at', 'desc').orderBy('id', 'desc');
  return (limit === undefined ? query : query.limit(limit)).execute();
}

/** A number that can be an id; PostgreSQL refuses larger ones than it stores. */
export function idOf(text: string): number | undefined {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return id;
}

/** What images were built from, by image. */
export async function sourcesOfImages(
  db: Db,
  images: readonly number[],
): Promise<Map<number, ArtifactRow[]>> {
  if (images.length === 0) return new Map();
  const rows = await db
    .selectFrom('image_sources')
    .innerJoin('artifacts', 'artifacts.id', 'image_sources.source_id')
    .selectAll('artifacts')
    .select('image_sources.image_id as owner')
    .where('image_sources.image_id', 'in', images)
    .execute();
  return grouped(rows);
}

export function grouped<T extends { owner: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.owner);
    if (group) group.push(row);
    else groups.set(row.owner, [row]);
  }
  return groups;
}

export function packagesOfContents(db: Db, contents: readonly number[]): Promise<PackageRow[]> {
  if (contents.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('packages')
    .selectAll()
    .where('id', 'in', (eb) =>
      eb.selectFrom('content_packages').select('package_id').where('content_id', 'in', contents),
    )
    .orderBy('name')
    .orderBy('version')
    .execute();
}

/** Pairs of package and vulnerability, in these contents. */
export async function pairsOfContents(
  db: Db,
  contents: readonly number[],
): Promise<{ owner: number; vulnerability: number }[]> {
  if (contents.length === 0) return [];
  return db
    .selectFrom('findings')
    .select(['package_id as owner', 'vulnerability_id as vulnerability'])
    .distinct()
    .where('content_id', 'in', contents)
    .execute();
}

export interface VulnerabilityFilter {
  readonly contents?: readonly number[];
  readonly packages?: readonly number[];
  readonly cveId?: string;
  /** Index into `severities`. */
  readonly severity?: number;
}

export async function findVulnerabilities(db: Db, filter: VulnerabilityFilter): Promise<VulnerabilityRow[]> {
  let query = db.selectFrom('vulnerabilities').selectAll();
  const { contents, packages, cveId, severity } = filter;
  if (contents) {
    if (contents.length === 0) return [];
    query = query.where('id', 'in', (eb) =>
      eb.selectFrom('findings').select('vulnerability_id').where('content_id', 'in', contents),
    );
  }
  if (packages) {
    if (packages.length === 0) return [];
    query = query.where('id', 'in', (eb) =>
      eb.selectFrom('findings').select('vulnerability_id').where('package_id', 'in', packages),
    );
  }
  if (cveId !== undefined) query = query.where('cve_id', '=', cveId);
  if (severity !== undefined) query = query.where('severity', '=', severity);
  return query.orderBy('severity').orderBy('cve_id').execute();
}

export function findPackages(
  db: Db,
  filter: { id?: number; name?: string; version?: string; anyOf?: string },
): Promise<PackageRow[]> {
  let query = db.selectFrom('packages').selectAll();
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  if (filter.version !== undefined) query = query.where('version', '=', filter.version);
  const { anyOf } = filter;
  if (anyOf !== undefined) {
    const id = idOf(anyOf);
    query = query.where((eb) =>
      eb.or([eb('name', '=', anyOf), ...(id === undefined ? [] : [eb('id', '=', id)])]),
    );
  }
  return query.orderBy('name').orderBy('version').execute();
}

/** Artifacts whose newest report has one of the packages. */
export async function artifactsOfPackages(
  db: Db,
  kind: 'image' | 'source',
  packages: readonly number[],
): Promise<ArtifactRow[]> {
  if (packages.length === 0) return [];
  return db
    .selectFrom('artifacts')
    .selectAll()
    .where('kind', '=', kind)
    .where('content_id', 'in', (eb) =>
      eb.selectFrom('content_packages').select('content_id').where('package_id', 'in', packages),
    )
    .orderBy('id')
    .execute();
}

/** Artifacts whose newest report has the vulnerability. */
export function artifactsOfVulnerability(
  db: Db,
  kind: 'image' | 'source',
  cveId: string,
): Promise<ArtifactRow[]> {
  return db
    .selectFrom('artifacts')
    .selectAll()
    .where('kind', '=', kind)
    .where('content_id', 'in', (eb) =>
      eb
        .selectFrom('findings')
        .innerJoin('vulnerabilities', 'vulnerabilities.id', 'findings.vulnerability_id')
        .select('findings.content_id')
        .where('vulnerabilities.cve_id', '=', cveId),
    )
    .orderBy('id')
    .execute();
}

export function packagesOfVulnerability(db: Db, cveId: string): Promise<PackageRow[]> {
  return db
    .selectFrom('packages')
    .selectAll()
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('findings')
        .innerJoin('vulnerabilities', 'vulnerabilities.id', 'findings.vulnerability_id')
        .select('findings.package_id')
        .where('vulnerabilities.cve_id', '=', cveId),
    )
    .orderBy('name')
    .orderBy('version')
    .execute();
}

/** Resolves when the database answers. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/** The index of a severity's word in any case; undefined for no such word. */
export function severityIndex(word: string): number | undefined {
  const at = severities.findIndex((severity) => severity === word.toUpperCase());
  return at === -1 ? undefined : at;
}
