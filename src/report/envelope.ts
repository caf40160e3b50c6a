/** Packs a document into the envelope and takes it out again; both as streams. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import {
  compression,
  envelopeMagic,
  headerPattern,
  lineBytes,
  trailerMagic,
  trailerPattern,
  version,
} from './envelope-format.ts';
import { reportFailure, truncated } from './failures.ts';

/** 4 MiB of look-back: more would only cost memory on both sides. */
const windowLog = 22;
const compressOptions = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 9,
    [constants.ZSTD_c_windowLog]: windowLog,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};
const decompressOptions = { params: { [constants.ZSTD_d_windowLogMax]: windowLog } };

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The envelope's lines, each with its line feed and to be written whole. The same document gives the same lines. */
export async function* encodeEnvelope(document: Bytes): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let length = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const block of inBlocks(document)) {
      hash.update(block);
      length += block.length;
      yield block;
    }
  }
  yield `${envelopeMagic}${version} ${compression}-----\n`;
  const compressed = Readable.from(counted(), { objectMode: false }).compose(
    createZstdCompress(compressOptions),
  );
  let held = Buffer.alloc(0);
  for await (const chunk of compressed) {
    held = Buffer.concat([held, asBytes(chunk)]);
    let at = 0;
    for (; held.length - at >= lineBytes; at += lineBytes)
      yield `|${held.toString('base64', at, at + lineBytes)}\n`;
    held = held.subarray(at);
  }
  if (held.length > 0) yield `|${held.toString('base64')}\n`;
  yield `${trailerMagic}${length} sha256:${hash.digest('hex')}-----\n`;
}

/** What the compressor writes depends on how its input was cut: so it is always cut the same. */
async function* inBlocks(chunks: Bytes): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < blockBytes) continue;
    const all = Buffer.concat(held);
    let at = 0;
    for (; all.length - at >= blockBytes; at += blockBytes) yield all.subarray(at, at + blockBytes);
    held = [all.subarray(at)];
    size = all.length - at;
  }
  if (size > 0) yield Buffer.concat(held);
}

const blockBytes = 64 * 1024;

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a stream of bytes gave something else');
}

/** Longer lines are none of ours, and are not kept. */
const longestLine = 8192;

/**
 * The document in an envelope that begins with the first of `source`'s bytes. Throws `ReportTruncated` when the trailer
 * is missing, `ReportDamaged` when the content is not what the trailer says, `ReportTooLarge` beyond `maxBytes`:
 * in any case after some of the document was given out, so nothing may be done with it before the end.
 */
export async function* decodeEnvelope(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const lines = new EnvelopeLines();
  const expand = createZstdDecompress(decompressOptions);
  const feeding = pipeline(Readable.from(lines.contents(source), { objectMode: false }), expand);
  feeding.catch(() => {}); // told to us by the iteration as well
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of expand) {
      const bytes = asBytes(chunk);
      length += bytes.length;
      if (length > maxBytes) {
        throw reportFailure('ReportTooLarge', `the report in the envelope is larger than ${maxBytes} bytes`);
      }
      hash.update(bytes);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof ScanLinkError) throw error;
    if (lines.failure !== undefined) throw lines.failure;
    throw reportFailure(
      'ReportDamaged',
      `the report's envelope cannot be decompressed: ${messageOf(error)}`,
      undefined,
      error,
    );
  } finally {
    expand.destroy();
  }
  lines.check(length, hash.digest('hex'));
}

/** The lines of an envelope as its compressed content. */
class EnvelopeLines {
  #trailer: { length: number; digest: string } | undefined;
  #sawHeader = false;
  #line = 0;

  /** What the source threw, which says nothing about the envelope. */
  failure: unknown;

  async *contents(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    try {
      yield* this.#contents(source);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async *#contents(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    let held = Buffer.alloc(0);
    for await (const chunk of source) {
      held = Buffer.concat([held, chunk]);
      const parts: Buffer[] = [];
      let at = 0;
      for (let end = held.indexOf(0x0a); end >= 0 && !this.#trailer; end = held.indexOf(0x0a, at)) {
        this.#take(held.toString('latin1', at, end), parts);
        at = end + 1;
      }
      if (parts.length > 0) yield Buffer.concat(parts);
      if (this.#trailer) return;
      held = held.subarray(at);
      if (held.length > longestLine) held = held.subarray(0, longestLine); // its end is looked for, its content is not
    }
    const parts: Buffer[] = [];
    this.#take(held.toString('latin1'), parts);
    if (parts.length > 0) yield Buffer.concat(parts);
    if (!this.#trailer) throw truncated(`its envelope ends at line ${this.#line} without a trailer`);
  }

  #take(text: string, parts: Buffer[]): void {
    this.#line += 1;
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (!this.#sawHeader) return this.#header(line);
    if (line.startsWith('|')) {
      parts.push(this.#decode(line.slice(1)));
      return;
    }
    const trailer = trailerPattern.exec(line);
    if (trailer) this.#trailer = { length: Number(trailer[1]), digest: trailer[2] ?? '' };
  }

  #header(line: string): void {
    const header = headerPattern.exec(line);
    if (!header) throw reportFailure('ReportDamaged', "the first line of the report's envelope is damaged");
    if (header[1] !== version || header[2] !== compression) {
      const found = `version ${header[1]} with ${header[2]}`;
      const message = `the report's envelope is of ${found}; this program reads version ${version} with ${compression}: use the same version of the scanner`;
      throw reportFailure('ReportFormatUnknown', message);
    }
    this.#sawHeader = true;
  }

  #decode(base64: string): Buffer {
    if (base64.length <= longestLine && /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0) {
      return Buffer.from(base64, 'base64');
    }
    throw reportFailure('ReportDamaged', "a line of the report's envelope is damaged", { line: this.#line });
  }

  check(length: number, digest: string): void {
    if (this.#trailer?.length === length && this.#trailer.digest === digest) return;
    const told = this.#trailer?.length ?? 0;
    const what =
      told === length ? 'its digest is not the one told' : `it has ${length} bytes where ${told} were told`;
    throw reportFailure('ReportDamaged', `the report came damaged: ${what}`);
  }
}
