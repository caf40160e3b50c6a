/** Unpacks a `.tar.gz` stream into a folder, trusting nothing in it. */
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { messageOf } from '../../lib/errors.ts';
import { megabytes } from './failure.ts';
import { EntryChecker, RefusedEntry } from './archive-entries.ts';
import { writeEntry } from './archive-write.ts';

export interface ArchiveLimits {
  readonly signal: AbortSignal;
  /** Bytes unpacked, and bytes read. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export interface Unpacked {
  readonly bytes: number;
  readonly entries: number;
}

/** An archive cannot be taken; the message completes "… could not be fetched: ". */
export class BadArchive extends Error {}

/** gzip reaches 1,032; source code stays below 20. What is small is let through whatever its ratio. */
const worstRatio = 250;
const harmless = 64 * 1024 * 1024;

/**
 * Unpacks `packed` into `folder`, which must be empty. Devices and pipes are left out.
 * @throws BadArchive for damage, for what leads out of the folder (with the entry's name), and past a limit.
 */
export async function unpackTarGz(
  packed: Readable,
  folder: string,
  limits: ArchiveLimits,
): Promise<Unpacked> {
  const checker = new EntryChecker(limits);
  const read = { packed: 0, unpacked: 0 };
  const countPacked = counter((size) => {
    read.packed += size;
    if (read.packed > limits.maxBytes)
      throw new BadArchive(`it is larger than ${megabytes(limits.maxBytes)}`);
  });
  const countUnpacked = counter((size) => {
    read.unpacked += size;
    // Headers and padding come on top of what the entries announce.
    if (read.unpacked > limits.maxBytes * 2 + harmless) throw tooLarge(limits.maxBytes);
    if (read.unpacked > harmless && read.unpacked > read.packed * worstRatio) {
      throw new BadArchive(`it unpacks to more than ${worstRatio} times its size, as no source code does`);
    }
  });
  const write = async (unpacked: AsyncIterable<Uint8Array>): Promise<void> => {
    const entries = ReadableStream.from(unpacked).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of entries) {
      if (checker.accept(header)) await writeEntry(folder, header, body);
      else await body.cancel();
    }
  };
  try {
    await pipeline(packed, countPacked, createGunzip(), countUnpacked, write, { signal: limits.signal });
  } catch (error) {
    throw described(error, limits, read.unpacked);
  }
  if (checker.entries === 0) throw new BadArchive('it holds no entries');
  return { bytes: checker.bytes, entries: checker.entries };
}

const tooLarge = (maxBytes: number): BadArchive =>
  new BadArchive(`it unpacks to more than ${megabytes(maxBytes)}`);

function counter(count: (size: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        count(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** What the libraries say, in our words where it is about the archive; anything else passes. */
function described(error: unknown, limits: ArchiveLimits, unpacked: number): unknown {
  if (error instanceof BadArchive || limits.signal.aborted) return error;
  if (error instanceof RefusedEntry) return new BadArchive(error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return new BadArchive('it ends early');
  if (code.startsWith('Z_'))
    return new BadArchive(unpacked === 0 ? 'it is no .tar.gz archive' : 'it is damaged');
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR')
    return new BadArchive('its entries contradict each other');
  if (code === 'ENOSPC') return new BadArchive('there is no room left on the disk');
  const message = messageOf(error);
  if (/^(?:Tar|Invalid tar|Too many global|TAR|Invalid )/.test(message)) {
    return new BadArchive(/truncated/.test(message) ? 'it ends early' : `its tar is not valid: ${message}`);
  }
  return error;
}
