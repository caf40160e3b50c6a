/** What clients of the earlier API post, read into a report. */
import { z } from 'zod';
import { severities } from '../../report/model.ts';
import { severityOfRatings } from '../../report/index.ts';
import type { Rating } from '../../report/model.ts';
import { clean, ContentBuilder } from '../db/index.ts';
import type { NewReport } from '../db/index.ts';
import { badRequest } from './failures.ts';
import { methodTypes } from './legacy-model.ts';

const text = z.string().nullish();
/** Go writes an empty list as null. */
const list = <T extends z.ZodType>(of: T) => z.array(of).max(200_000).nullish();

const ratingSchema = z.object({
  Vector: text,
  Score: z.number().nullish(),
  MethodTypeID: z.number().nullish(),
  Severity: text,
});
const vulnerabilitySchema = z.object({
  CVEID: z.string().min(1),
  CNA: text,
  Description: text,
  URL: text,
  References: list(z.string()),
  Ratings: list(ratingSchema),
});
const packageSchema = z.object({
  Name: z.string(),
  Version: text,
  PackageManager: text,
  Homepage: text,
  Vulnerabilities: list(vulnerabilitySchema),
});
const sourceSchema = z.object({
  Repository: z.string().min(1),
  Organization: text,
  Host: text,
  Sha: z.string().min(1),
  Packages: list(packageSchema),
});
const imageSchema = z.object({
  Name: z.string().min(1),
  Registry: z.string(),
  Digest: z.string().min(1),
  Packages: list(packageSchema),
  Sources: list(sourceSchema),
});

/** @throws HttpFailure 400 that names the first field that is wrong */
export function readImage(body: unknown): NewReport {
  const image = parse(imageSchema, body, 'Image');
  return {
    artifact: { kind: 'image', registry: image.Registry, name: image.Name, digest: image.Digest },
    ...contentAndDocument(image.Packages, body),
    sources: (image.Sources ?? []).map((one) => sourceReport(one, one)),
  };
}

/** @throws HttpFailure 400 that names the first field that is wrong */
export function readSource(body: unknown): NewReport {
  return sourceReport(parse(sourceSchema, body, 'Source'), body);
}

function sourceReport(source: z.infer<typeof sourceSchema>, body: unknown): NewReport {
  return {
    artifact: {
      kind: 'source',
      host: source.Host ?? '',
      organization: source.Organization ?? '',
      repository: source.Repository,
      sha: source.Sha,
    },
    ...contentAndDocument(source.Packages, body),
  };
}

function parse<T>(schema: z.ZodType<T>, body: unknown, model: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badRequest(`the body is no ${model}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

function contentAndDocument(packages: z.infer<typeof imageSchema>['Packages'], body: unknown) {
  const content = new ContentBuilder();
  for (const one of packages ?? []) addPackage(content, one);
  return { content, document: Buffer.from(JSON.stringify(body)), mediaType: 'application/json' };
}

function addPackage(content: ContentBuilder, one: z.infer<typeof packageSchema>): void {
  const packageKey = content.addPackage({
    name: clean(one.Name),
    version: clean(one.Version ?? '', 200),
    manager: clean(one.PackageManager ?? '', 100),
    purl: '',
    homepage: clean(one.Homepage ?? '', 2000),
  });
  for (const given of one.Vulnerabilities ?? []) {
    const ratings = (given.Ratings ?? []).map(ratingOf);
    const cveId = clean(given.CVEID, 200);
    const severity = severities.indexOf(severityOfRatings(ratings));
    content.addVulnerability({
      cveId,
      cna: clean(given.CNA ?? '', 200),
      description: clean(given.Description ?? '', 64 * 1024),
      url: clean(given.URL ?? '', 2000),
      references: (given.References ?? []).slice(0, 200).map((each) => clean(each, 2000)),
      ratings,
      aliases: [],
      fixedIn: [],
      severity,
    });
    content.addFinding({ packageKey, cveId, severity });
  }
}

function ratingOf(given: z.infer<typeof ratingSchema>): Rating {
  const method = methodTypes[(given.MethodTypeID ?? 0) - 1];
  return {
    ...(given.Severity && { severity: clean(given.Severity, 100) }),
    ...(typeof given.Score === 'number' && { score: given.Score }),
    ...(given.Vector && { vector: clean(given.Vector, 500) }),
    ...(method && { method }),
  };
}
