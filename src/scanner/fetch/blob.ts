/** Source code as a `.tar.gz` over HTTP, or a file where that is allowed. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../lib/errors.ts';
import { BadArchive, unpackTarGz } from './archive.ts';
import { fetchFailed } from './failure.ts';
import type { FetchBounds } from './fetch.ts';
import { openHttp } from './http.ts';
import type { BlobSource, FetchOptions, FetchResult } from './types.ts';
import { redactUrl } from './urls.ts';

/** @throws ScanLinkError `SourceFetchFailed` */
export async function fetchBlob(
  blob: BlobSource,
  target: string,
  bounds: FetchBounds,
  options: FetchOptions,
): Promise<FetchResult> {
  try {
    const hash = createHash('sha256');
    const packed = await openBlob(blob.url, bounds, options);
    const tee = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        options.onProgress?.({ bytes: (read += chunk.length) });
        done(null, chunk);
      },
    });
    let read = 0;
    packed.once('error', (error) => tee.destroy(error));
    tee.once('close', () => packed.destroy());
    const { bytes } = await unpackTarGz(packed.pipe(tee), target, bounds);
    const revision = blob.revision || `sha256:${hash.digest('hex')}`;
    return { kind: 'blob', url: redactUrl(blob.url), revision, path: target, bytes };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (bounds.signal.aborted)
      throw fetchFailed(blob.url, `it took longer than ${bounds.timeoutMs / 1000} s`, error);
    if (error instanceof BadArchive) throw fetchFailed(blob.url, error.message, error);
    throw fetchFailed(blob.url, messageOf(error), error);
  }
}

async function openBlob(url: string, bounds: FetchBounds, { allowFile }: FetchOptions): Promise<Readable> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return openHttp(parsed, bounds.signal);
  if (parsed?.protocol === 'file:' && allowFile) return createReadStream(fileURLToPath(parsed));
  throw new BadArchive('its URL must begin with https:// or http://');
}
