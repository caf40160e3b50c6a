/** Bodies that come compressed: what they become counts against the limit, so that a small bomb is refused. */
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { RequestPayload } from 'fastify';
import { HttpFailure } from './failures.ts';

const decoders = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  zstd: createZstdDecompress,
} as const;

/** @throws HttpFailure 415 for an encoding we do not know */
export function decoded(payload: RequestPayload, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return payload;
  const make = Object.hasOwn(decoders, name) ? decoders[name as keyof typeof decoders] : undefined;
  if (!make)
    throw new HttpFailure(415, 'MediaTypeUnsupported', 'Content-Encoding is none of gzip, deflate, zstd');
  const decoder = make();
  const out: PassThrough & { receivedEncodedLength?: number } = new PassThrough();
  // Fastify compares this with Content-Length, which speaks of the compressed bytes.
  out.receivedEncodedLength = 0;
  payload.on('data', (chunk: Buffer) => {
    out.receivedEncodedLength = (out.receivedEncodedLength ?? 0) + chunk.length;
  });
  const fail = (cause: Error): void => {
    out.destroy(Object.assign(new Error(`the body is no ${name}`, { cause }), { statusCode: 400 }));
  };
  decoder.on('error', fail);
  payload.on('error', fail);
  // Whoever reads stops at the limit: what stands before it must stop too.
  out.on('close', () => {
    payload.unpipe(decoder);
    decoder.destroy();
  });
  payload.pipe(decoder).pipe(out);
  return out;
}
