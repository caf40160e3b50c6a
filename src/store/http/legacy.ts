/** The earlier store's API, spec.md §8: an existing client only changes its URL. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  artifactsOfPackages,
  artifactsOfVulnerability,
  findArtifacts,
  findPackages,
  findVulnerabilities,
  grouped,
  idOf,
  ingestReport,
  packagesOfContents,
  packagesOfVulnerability,
  pairsOfContents,
  severityIndex,
  sourcesOfImages,
} from '../db/index.ts';
import type { ArtifactFilter, ArtifactRow, NewReport, StoreDb } from '../db/index.ts';
import { badRequest, notFound } from './failures.ts';
import { readImage, readSource } from './legacy-input.ts';
import { image, packageModel, source, vulnerability } from './legacy-model.ts';
import type { Image, Package, Source } from './legacy-model.ts';

/** Of a parameter given twice the first counts, as in Go. */
const one = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? value : value[0]))
  .optional();
const querySchema = z.object({
  id: one,
  digest: one,
  name: one,
  version: one,
  repo: one,
  sha: one,
  org: one,
  CVEID: one,
  Severity: one,
});
type Query = z.infer<typeof querySchema>;

export function legacyRoutes(app: FastifyInstance, store: StoreDb): void {
  const { db } = store;
  const get = (path: string, answer: (param: string, query: Query) => Promise<unknown>): void => {
    app.get(path, ({ params, query }) => {
      const param = Object.values(params as Record<string, string>)[0] ?? '';
      return answer(param, querySchema.parse(query));
    });
  };

  const add = async (report: NewReport) => {
    const { artifactId } = await ingestReport(store, report);
    const rows = await findArtifacts(db, { kind: report.artifact.kind, id: artifactId });
    return rows[0];
  };
  app.post('/api/imageReport', { config: { role: 'write' } }, async ({ body }) => {
    const row = await add(readImage(body));
    return row && wholeImage(store, row);
  });
  app.post('/api/sourceReport', { config: { role: 'write' } }, async ({ body }) => {
    const row = await add(readSource(body));
    return row && wholeSource(store, row);
  });

  get('/api/images', async (_, query) => {
    const [row] = await findArtifacts(db, imageFilter(query), 1);
    if (!row) throw notFound('no such image');
    return wholeImage(store, row);
  });
  get('/api/images/packages', async (_, query) => {
    return packagesOf(store, await known(store, imageFilter(query)));
  });
  get('/api/images/:image/packages', async (anyOf) => {
    return packagesOf(store, await known(store, { kind: 'image', anyOf }));
  });
  get('/api/images/:image/vulnerabilities', async (anyOf, query) => {
    return vulnerabilitiesOf(store, await known(store, { kind: 'image', anyOf }), query);
  });

  get('/api/sources', async (_, query) => {
    const rows = await findArtifacts(db, sourceFilter(query));
    return Promise.all(rows.map((row) => wholeSource(store, row)));
  });
  get('/api/sources/packages', async (_, query) => {
    return packagesOf(store, await known(store, sourceFilter(query)));
  });
  get('/api/sources/vulnerabilities', async (_, query) => {
    return vulnerabilitiesOf(store, await known(store, sourceFilter(query)), query);
  });
  get('/api/sources/:source/packages', async (anyOf) => {
    return packagesOf(store, await known(store, { kind: 'source', anyOf }));
  });
  get('/api/sources/:source/vulnerabilities', async (anyOf, query) => {
    return vulnerabilitiesOf(store, await known(store, { kind: 'source', anyOf }), query);
  });

  get('/api/packages', async (_, { id, name, version }) => {
    if (id === undefined && name === undefined) throw badRequest('id or name must be given');
    const rows = await findPackages(db, { id: wantedId(id), name, version });
    return Promise.all(
      rows.map(async (row) =>
        packageModel(row, {
          Images: (await artifactsOfPackages(db, 'image', [row.id])).map((each) => image(each)),
          Sources: (await artifactsOfPackages(db, 'source', [row.id])).map((each) => source(each)),
          Vulnerabilities: (await findVulnerabilities(db, { packages: [row.id] })).map((each) =>
            vulnerability(each),
          ),
        }),
      ),
    );
  });
  const packageIds = async (anyOf: string): Promise<number[]> => {
    const rows = await findPackages(db, { anyOf });
    if (rows.length === 0) throw notFound('no such package');
    return rows.map((row) => row.id);
  };
  get('/api/packages/:package/images', async (anyOf) => {
    const rows = await artifactsOfPackages(db, 'image', await packageIds(anyOf));
    return rows.map((row) => image(row));
  });
  get('/api/packages/:package/sources', async (anyOf) => {
    const rows = await artifactsOfPackages(db, 'source', await packageIds(anyOf));
    return rows.map((row) => source(row));
  });
  get('/api/packages/:package/vulnerabilities', async (anyOf, query) => {
    const packages = await packageIds(anyOf);
    const rows = await findVulnerabilities(db, { packages, severity: wantedSeverity(query) });
    return rows.map((row) => vulnerability(row));
  });

  get('/api/vulnerabilities', async (_, query) => {
    const { CVEID: cveId } = query;
    if (cveId === undefined) throw badRequest('CVEID must be given');
    const rows = await findVulnerabilities(db, { cveId, severity: wantedSeverity(query) });
    const packages = await packagesOfVulnerability(db, cveId);
    return rows.map((row) => vulnerability(row, { Packages: packages.map((each) => packageModel(each)) }));
  });
  get('/api/vulnerabilities/:cve/images', async (cveId) =>
    (await artifactsOfVulnerability(db, 'image', cveId)).map((row) => image(row)),
  );
  get('/api/vulnerabilities/:cve/sources', async (cveId) =>
    (await artifactsOfVulnerability(db, 'source', cveId)).map((row) => source(row)),
  );
  get('/api/vulnerabilities/:cve/packages', async (cveId) =>
    (await packagesOfVulnerability(db, cveId)).map((row) => packageModel(row)),
  );
}

function imageFilter({ id, digest, name }: Query): ArtifactFilter {
  if (id === undefined && digest === undefined && name === undefined)
    throw badRequest('id, name or digest must be given');
  return { kind: 'image', id: wantedId(id), digest, name };
}

function sourceFilter({ id, repo, sha, org }: Query): ArtifactFilter {
  return { kind: 'source', id: wantedId(id), repository: repo, sha, organization: org };
}

function wantedId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = idOf(text);
  if (id === undefined) throw badRequest('id is no number');
  return id;
}

function wantedSeverity({ Severity }: Query): number | undefined {
  if (Severity === undefined || Severity === '') return undefined;
  const index = severityIndex(Severity);
  if (index === undefined) throw badRequest('Severity is none of low, medium, high, critical, unknown');
  return index;
}

/** @throws HttpFailure 404 when nothing fits */
async function known({ db }: StoreDb, filter: ArtifactFilter): Promise<ArtifactRow[]> {
  const rows = await findArtifacts(db, filter);
  if (rows.length === 0) throw notFound(`no such ${filter.kind}`);
  return rows;
}

function contentsOf(rows: readonly ArtifactRow[]): number[] {
  return [...new Set(rows.map((row) => row.content_id).filter((id) => id !== null))];
}

async function vulnerabilitiesOf({ db }: StoreDb, rows: readonly ArtifactRow[], query: Query) {
  const found = await findVulnerabilities(db, {
    contents: contentsOf(rows),
    severity: wantedSeverity(query),
  });
  return found.map((row) => vulnerability(row));
}

/** Packages of artifacts, each with its vulnerabilities there. */
async function packagesOf({ db }: StoreDb, rows: readonly ArtifactRow[]): Promise<Package[]> {
  const contents = contentsOf(rows);
  const packages = await packagesOfContents(db, contents);
  const pairs = grouped(await pairsOfContents(db, contents));
  const vulnerabilities = new Map(
    (await findVulnerabilities(db, { contents })).map((row) => [row.id, vulnerability(row)]),
  );
  return packages.map((row) =>
    packageModel(row, {
      Vulnerabilities: (pairs.get(row.id) ?? [])
        .map((pair) => vulnerabilities.get(pair.vulnerability))
        .filter((each) => each !== undefined),
    }),
  );
}

async function wholeImage(store: StoreDb, row: ArtifactRow): Promise<Image> {
  const sources = await sourcesOfImages(store.db, [row.id]);
  return image(row, {
    Packages: await packagesOf(store, [row]),
    Sources: (sources.get(row.id) ?? []).map((each) => source(each)),
  });
}

async function wholeSource(store: StoreDb, row: ArtifactRow): Promise<Source> {
  return source(row, { Packages: await packagesOf(store, [row]) });
}
