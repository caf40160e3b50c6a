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
