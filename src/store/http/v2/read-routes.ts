/** What the newer API is asked. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { severities } from '../../../report/model.ts';
import {
  artifactPage,
  artifactsOfVulnerability,
  changesBetween,
  findArtifacts,
  findingPage,
  reportQuery,
  totals,
} from '../../db/index.ts';
import type { ArtifactRow, FindingRow, ReportRow, StoreDb } from '../../db/index.ts';
import { badRequest, notFound } from '../failures.ts';
import * as schemas from './schemas.ts';

const byId = z.object({ id: schemas.id });

export function readRoutes(plain: FastifyInstance, { db }: StoreDb): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const reportOf = async (id: number): Promise<ReportRow> => {
    const row = await reportQuery(db).where('reports.id', '=', id).executeTakeFirst();
    if (!row) throw notFound(`there is no report ${id}`);
    return row;
  };

  app.get(
    '/api/v2/artifacts',
    {
      schema: {
        summary: 'Images and sources, in the order of their ids.',
        querystring: schemas.page.extend({
          kind: z.enum(['image', 'source']).optional(),
          search: z.string().max(300).optional().describe('A part of name, repository, digest or commit.'),
          vulnerability: z.string().max(200).optional().describe('Whose newest report has this id.'),
        }),
        response: { 200: z.object({ artifacts: z.array(schemas.artifact), next: schemas.next }) },
      },
    },
    async ({ query: { vulnerability, kind, search, limit, after: cursor } }) => {
      const after = numbers(cursor, 1)[0] ?? 0;
      if (vulnerability !== undefined) {
        const both = await Promise.all(
          (['image', 'source'] as const)
            .filter((one) => kind === undefined || one === kind)
            .map((one) => artifactsOfVulnerability(db, one, vulnerability)),
        );
        const rows = both.flat().filter((row) => row.id > after);
        return pageOf(rows.sort((a, b) => a.id - b.id).slice(0, limit), limit);
      }
      return pageOf(await artifactPage(db, { kind, search, after, limit }), limit);
    },
  );

  app.get(
    '/api/v2/artifacts/:id',
    { schema: { summary: 'One artifact.', params: byId, response: { 200: schemas.artifact } } },
    async ({ params: { id } }) => {
      const found = await Promise.all(
        (['image', 'source'] as const).map((kind) => findArtifacts(db, { kind, id }, 1)),
      );
      const [row] = found.flat();
      if (!row) throw notFound(`there is no artifact ${id}`);
      return artifact(row);
    },
  );

  app.get(
    '/api/v2/artifacts/:id/reports',
    {
      schema: {
        summary: 'Its history, newest first.',
        params: byId,
        querystring: schemas.page,
        response: { 200: z.object({ reports: z.array(schemas.report), next: schemas.next }) },
      },
    },
    async ({ params: { id }, query: { limit, after } }) => {
      const below = numbers(after, 1)[0] ?? Number.MAX_SAFE_INTEGER;
      const rows = await reportQuery(db)
        .where('reports.artifact_id', '=', id)
        .where('reports.id', '<', below)
        .orderBy('reports.id', 'desc')
        .limit(limit)
        .execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { reports: rows.map(report), ...(last && { next: String(last.id) }) };
    },
  );

  app.get(
    '/api/v2/reports/:id',
    { schema: { summary: 'One report.', params: byId, response: { 200: schemas.report } } },
    async ({ params: { id } }) => report(await reportOf(id)),
  );

  app.get(
    '/api/v2/reports/:id/findings',
    {
      schema: {
        summary: 'What it found.',
        params: byId,
        querystring: schemas.page,
        response: { 200: z.object({ findings: z.array(schemas.finding), next: schemas.next }) },
      },
    },
    async ({ params: { id }, query: { limit, after } }) => {
      const { content_id: content } = await reportOf(id);
      const [vulnerability = 0, pkg = 0] = numbers(after, 2);
      const rows = await findingPage(db, content, [vulnerability, pkg], limit);
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        findings: rows.map(finding),
        ...(last && { next: `${last.vulnerability_id}.${last.package_id}` }),
      };
    },
  );

  app.get(
    '/api/v2/changes',
    {
      schema: {
        summary: 'What changed from one report to another: findings added, fixed and unchanged.',
        querystring: z.object({ from: schemas.id, to: schemas.id }),
        response: { 200: schemas.changes },
      },
    },
    async ({ query: { from, to } }) => {
      const [before, after] = [await reportOf(from), await reportOf(to)];
      const { added, fixed, unchanged } = await changesBetween(db, before.content_id, after.content_id);
      return {
        ...{ from, to },
        added: added.map(finding),
        fixed: fixed.map(finding),
        unchanged: unchanged.map(finding),
      };
    },
  );

  app.get(
    '/api/v2/totals',
    {
      schema: {
        summary: 'Over all artifacts, by the newest report of each.',
        response: { 200: schemas.totals },
      },
    },
    async () => {
      const row = await totals(db);
      // Sums come as text from PostgreSQL: they may be larger than a number holds.
      const n = (value: unknown): number => Number(value);
      return { artifacts: n(row.artifacts), findings: n(row.findings), counts: countsOf(row, n) };
    },
  );
}

/** `12` or `12.7`, as `next` gives it. */
function numbers(cursor: string | undefined, count: number): number[] {
  if (cursor === undefined) return [];
  const parts = cursor.split('.').map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : undefined));
  const known = parts.filter((part) => part !== undefined);
  if (known.length !== count || parts.length !== count) throw badRequest('after is no cursor of this list');
  return known;
}

function pageOf(rows: readonly ArtifactRow[], limit: number) {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { artifacts: rows.map(artifact), ...(last && { next: String(last.id) }) };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function artifact(row: ArtifactRow): z.infer<typeof schemas.artifact> {
  const { id, kind, registry, name, digest, host, organization, repository, sha } = row;
  const own = kind === 'image' ? { registry, name, digest } : { host, organization, repository, sha };
  return { id, kind, ...own, newestReport: row.report_id, updatedAt: timeOf(row.updated_at) };
}

function countsOf<T>(
  row: Record<'critical' | 'high' | 'medium' | 'low' | 'unknown', T>,
  n: (value: T) => number,
) {
  const { critical, high, medium, low, unknown } = row;
  return {
    critical: n(critical),
    high: n(high),
    medium: n(medium),
    low: n(low),
    unknown: n(unknown),
  };
}

function report(row: ReportRow): z.infer<typeof schemas.report> {
  return {
    id: row.id,
    artifact: row.artifact_id,
    document: `sha256:${row.document_digest}`,
    scanner: { name: row.scanner, version: row.scanner_version },
    db: { name: row.db_name, version: row.db_version, date: row.db_date },
    ...(row.scan !== '' && { scan: { namespace: row.namespace, name: row.scan } }),
    components: row.components,
    findings: row.findings,
    counts: countsOf(row, (value) => value),
    createdAt: timeOf(row.created_at),
    seenAt: timeOf(row.seen_at),
  };
}

function finding({
  cve_id,
  severity,
  name,
  version,
  manager,
  purl,
}: FindingRow): z.infer<typeof schemas.finding> {
  return {
    id: cve_id,
    severity: severities[severity] ?? 'UNKNOWN',
    package: { name, version, manager, purl },
  };
}
