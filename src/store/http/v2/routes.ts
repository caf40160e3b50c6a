/** The newer API. Uploads are whole documents, so nothing of them is lost. */
import { Readable } from 'node:stream';
import { zstdDecompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { fastifySwagger } from '@fastify/swagger';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readReport } from '../../../report/index.ts';
import { contentOfReport, findDocument, ingestReport } from '../../db/index.ts';
import type { ArtifactRef, StoreDb } from '../../db/index.ts';
import { badRequest, notFound } from '../failures.ts';
import { readRoutes } from './read-routes.ts';
import { artifactQuery, ingested } from './schemas.ts';
import type { ArtifactQuery } from './schemas.ts';

const digestParams = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });

export async function v2Routes(root: FastifyInstance, store: StoreDb): Promise<void> {
  await root.register(async (plain) => {
    await plain.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Scan Link metadata store', version: '2' },
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      },
      transform: jsonSchemaTransform,
    });
    plain.setValidatorCompiler(validatorCompiler);
    plain.setSerializerCompiler(serializerCompiler);
    // Documents come as they are, whatever they call themselves.
    plain.removeAllContentTypeParsers();
    plain.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    const app = plain.withTypeProvider<ZodTypeProvider>();

    app.post(
      '/api/v2/reports',
      {
        config: { role: 'write' },
        schema: {
          summary: 'Takes a whole CycloneDX or SPDX document; the same one twice is one.',
          querystring: artifactQuery,
          response: { 200: ingested, 201: ingested },
        },
      },
      async ({ query, body, headers }, reply) => {
        if (!Buffer.isBuffer(body) || body.length === 0) throw badRequest('the body is empty');
        const { report } = await readReport(Readable.from([body]));
        const done = await ingestReport(store, {
          artifact: refOf(query),
          content: contentOfReport(report),
          document: body,
          mediaType: mediaTypeOf(headers['content-type']),
          scanner: report.scanner,
          ...(report.db && { db: report.db }),
          ...(query.scan !== undefined && {
            scan: { namespace: query.namespace ?? '', name: query.scan },
          }),
          incomplete: report.incomplete,
        });
        const { reportId, artifactId, created } = done;
        void reply.code(created ? 201 : 200);
        return { reportId, artifactId, document: `sha256:${done.documentDigest}`, created };
      },
    );

    readRoutes(plain, store);
    app.get('/api/v2/openapi.json', { schema: { hide: true } }, () => plain.swagger());
    app.get('/api/v2/documents/:digest', { schema: { params: digestParams } }, async (request, reply) => {
      const { digest } = request.params;
      const document = await findDocument(store.db, digest.slice('sha256:'.length));
      if (!document) throw notFound('there is no document of this digest');
      // Its name is its content: it never changes.
      const etag = `"${digest}"`;
      void reply.header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      const body = zstdDecompressSync(document.body, { maxOutputLength: document.bytes + 1 });
      return reply.type(document.mediaType).send(body);
    });
  });
}

function refOf(query: ArtifactQuery): ArtifactRef {
  const { kind, registry, name, digest, host, organization, repository, sha } = query;
  return kind === 'image' ? { kind, registry, name, digest } : { kind, host, organization, repository, sha };
}

/** Given back as the document's type, so it must not be able to be a page. */
function mediaTypeOf(header: string | undefined): string {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^application\/([\w.-]+\+)?(json|xml)$/.test(type) ? type : 'application/octet-stream';
}
