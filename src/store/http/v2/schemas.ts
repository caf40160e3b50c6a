/** What the newer API takes and gives. OpenAPI is made from these, so they are its documentation too. */
import { z } from 'zod';

export const artifactQuery = z
  .object({
    kind: z.enum(['image', 'source']).describe('What was scanned.'),
    registry: z.string().max(600).default('').describe('Of an image: docker.io.'),
    name: z.string().max(600).default('').describe('Of an image: library/nginx.'),
    digest: z.string().max(600).default('').describe('Of an image: sha256:….'),
    host: z.string().max(600).default('').describe('Of a source: github.com.'),
    organization: z.string().max(600).default(''),
    repository: z.string().max(600).default(''),
    sha: z.string().max(600).default('').describe('Of a source: the commit, or the digest of the archive.'),
    namespace: z.string().max(253).optional().describe('Of the scan that made it.'),
    scan: z.string().max(253).optional().describe('Its name.'),
  })
  .refine((one) => (one.kind === 'image' ? one.name && one.digest : one.repository && one.sha), {
    message: 'an image needs name and digest, a source repository and sha',
  });
export type ArtifactQuery = z.infer<typeof artifactQuery>;

export const ingested = z.object({
  reportId: z.int(),
  artifactId: z.int(),
  document: z.string().describe('sha256:… of the document, by which it can be had again.'),
  created: z.boolean().describe('False when it was there before.'),
});

export const problem = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() })
  .describe('RFC 9457, with a stable code.');

const time = z.string().describe('RFC 3339.');
export const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Paging by key: the next page begins after the last row of this one, whatever was added or dropped meanwhile. */
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(100).optional().describe('`next` of the page before.'),
});
export const next = z.string().optional().describe('Give it as `after`; absent on the last page.');

export const artifact = z.object({
  id: z.int(),
  kind: z.enum(['image', 'source']),
  registry: z.string().optional(),
  name: z.string().optional(),
  digest: z.string().optional(),
  host: z.string().optional(),
  organization: z.string().optional(),
  repository: z.string().optional(),
  sha: z.string().optional(),
  newestReport: z.int().nullable(),
  updatedAt: time,
});

export const counts = z.object({
  critical: z.int(),
  high: z.int(),
  medium: z.int(),
  low: z.int(),
  unknown: z.int(),
});

export const report = z.object({
  id: z.int(),
  artifact: z.int(),
  document: z.string(),
  scanner: z.object({ name: z.string(), version: z.string() }),
  db: z.object({ name: z.string(), version: z.string(), date: z.string() }),
  scan: z.object({ namespace: z.string(), name: z.string() }).optional(),
  components: z.int(),
  findings: z.int(),
  counts,
  createdAt: time,
  seenAt: time.describe('When the same report last came.'),
});

export const finding = z.object({
  id: z.string().describe('CVE-…, GHSA-…'),
  severity: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN']),
  package: z.object({ name: z.string(), version: z.string(), manager: z.string(), purl: z.string() }),
});

export const changes = z.object({
  from: z.int(),
  to: z.int(),
  added: z.array(finding),
  fixed: z.array(finding),
  unchanged: z.array(finding),
});

export const totals = z.object({ artifacts: z.int(), findings: z.int(), counts });
