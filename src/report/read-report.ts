/** The one way in: whatever a scanner printed, as a report. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ScanLinkError } from '../lib/errors.ts';
import { DocumentFinder } from './document-finder.ts';
import type { FoundDocument } from './document-finder.ts';
import { decodeEnvelope } from './envelope.ts';
import { reportFailure, truncated } from './failures.ts';
import { JsonDocument } from './json-document.ts';
import { defaultLimits } from './limits.ts';
import type { ReportLimits } from './limits.ts';
import type { Report } from './model.ts';
import { utf16AsUtf8, utf16Of } from './utf16.ts';
import { XmlBytes } from './xml-bytes.ts';

export interface ReadReport {
  report: Report;
  /** Of the document: without what was printed around it, and out of its envelope. */
  digest: `sha256:${string}`;
  /** Of the document. */
  bytes: number;
}

export interface ReadOptions extends Partial<ReportLimits> {
  signal?: AbortSignal;
}

/**
 * Reads a scanner's output: lines of text (tolerated), then a CycloneDX document (XML or JSON, 1.0 to 1.x), an SPDX
 * document, or our envelope with either in it; then anything (ignored). Reads as it comes and keeps only findings, so
 * memory does not grow with the document.
 *
 * Throws `ScanLinkError`, retryable, with line and column where there is one: `ReportEmpty` (nothing was printed),
 * `ReportTruncated` ("report truncated: …"), `ReportDamaged` (envelope), `ReportInvalid`, `ReportTooLarge`,
 * `ReportFormatUnknown`. What `source` throws is passed on.
 */
export async function readReport(
  source: AsyncIterable<Uint8Array> | Readable,
  options: ReadOptions = {},
): Promise<ReadReport> {
  const { signal, ...limits } = options;
  const chunks = chunksOf(source, signal);
  try {
    return await read(chunks, { ...defaultLimits, ...limits }, false);
  } finally {
    await chunks.return();
  }
}

const headless = 'its beginning is missing, as when a log was rotated before it was read';

type Chunks = AsyncGenerator<Uint8Array, void, void>;

/** A `Readable` gives `any`. */
async function* chunksOf(source: AsyncIterable<unknown>, signal: AbortSignal | undefined): Chunks {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    if (chunk instanceof Uint8Array) yield chunk;
    else if (typeof chunk === 'string') yield Buffer.from(chunk);
    else throw new TypeError('a report is read from a stream of bytes');
  }
}

async function read(given: Chunks, limits: ReportLimits, inEnvelope: boolean): Promise<ReadReport> {
  const { head, chunks } = await peek(given);
  const wide = utf16Of(head);
  if (wide) return readWide(chunks, wide, limits);
  const found = await find(chunks, limits);
  if (found.kind !== 'envelope') return readDocument(found, chunks, limits);
  if (inEnvelope) throw reportFailure('ReportDamaged', "the report's envelope holds another envelope");
  return readEnvelope(decodeEnvelope(following(found.rest, chunks), limits.maxBytes), limits);
}

/** The first bytes, enough to know UTF-16 by, and the stream with them still in it. */
async function peek(chunks: Chunks): Promise<{ head: Uint8Array; chunks: Chunks }> {
  let head: Uint8Array = new Uint8Array();
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return { head, chunks: following(head, chunks) };
}

async function* following(first: Uint8Array, chunks: Chunks): Chunks {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** The whole stream is the document then; its digest is that of the bytes as they came. */
async function readWide(
  chunks: Chunks,
  encoding: 'utf-16le' | 'utf-16be',
  limits: ReportLimits,
): Promise<ReadReport> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(): Chunks {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const narrow = utf16AsUtf8(counted(), encoding);
  const result = await readDocument(await find(narrow, limits), narrow, limits);
  return { ...result, digest: `sha256:${hash.digest('hex')}`, bytes };
}

/** Damage is told before anything that a damaged document was taken for; so all of the envelope is read in any case. */
async function readEnvelope(document: Chunks, limits: ReportLimits): Promise<ReadReport> {
  try {
    const result = await read(document, limits, true);
    await drain(document);
    return result;
  } catch (error) {
    await drain(document);
    throw error;
  }
}

async function drain(chunks: Chunks): Promise<void> {
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next());
}

async function find(chunks: Chunks, limits: ReportLimits): Promise<FoundDocument> {
  const finder = new DocumentFinder();
  let bytes = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    const found = finder.write(next.value);
    if (found) return found;
    bytes += next.value.length;
    if (bytes > limits.maxBytes) {
      throw reportFailure('ReportTooLarge', `no report was found within ${limits.maxBytes} bytes of output`);
    }
  }
  const found = finder.finish();
  if (found) return found;
  if (!finder.sawText)
    throw reportFailure('ReportEmpty', 'the scanner printed no report: its output is empty');
  if (finder.endsLikeDocument) throw truncated(headless);
  const expected = 'a CycloneDX document (XML or JSON), SPDX JSON or a Scan Link envelope';
  throw reportFailure(
    'ReportFormatUnknown',
    `no report was found in ${bytes} bytes of output: ${expected} was expected`,
  );
}

async function readDocument(found: FoundDocument, chunks: Chunks, limits: ReportLimits): Promise<ReadReport> {
  const document = found.kind === 'xml' ? new XmlBytes(limits) : new JsonDocument(limits);
  const extent = new DocumentExtent(limits.maxBytes);
  extent.take(found.rest, document.write(found.rest));
  while (!extent.closed) {
    const next = await chunks.next();
    if (next.done === true) break;
    extent.take(next.value, extent.ended ? 0 : document.write(next.value));
  }
  return { ...finish(document, extent), ...extent.result() };
}

const comma = 0x2c;

/** A whole document is followed by nothing like a comma: what ends before one was a member of a larger document. */
function finish(document: XmlBytes | JsonDocument, extent: DocumentExtent): { report: Report } {
  try {
    return document.finish();
  } catch (error) {
    const unknown = error instanceof ScanLinkError && error.code === 'ReportFormatUnknown';
    throw unknown && extent.next === comma ? truncated(headless) : error;
  }
}

/**
 * How far the document reaches, and its digest. White space that follows to the end of the output belongs to it, so
 * that the digest of a printed file is that of the file.
 */
class DocumentExtent {
  readonly #maxBytes: number;
  #hash = createHash('sha256');
  #bytes = 0;
  /** As it was at the document's end, before the white space that follows. */
  #atEnd: { hash: Hash; bytes: number } | undefined;
  /** Something else follows: nothing more needs to be read. */
  closed = false;
  /** The first byte of what follows. */
  next: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get ended(): boolean {
    return this.#atEnd !== undefined;
  }

  /** `used`: how many of the bytes are the document's, when it ended in them or before. */
  take(bytes: Uint8Array, used: number | undefined): void {
    this.#add(used === undefined ? bytes : bytes.subarray(0, used));
    if (used === undefined) return;
    this.#atEnd ??= { hash: this.#hash.copy(), bytes: this.#bytes };
    const after = bytes.subarray(used);
    if (after.every(isSpace)) this.#add(after);
    else {
      this.#hash = this.#atEnd.hash;
      this.#bytes = this.#atEnd.bytes;
      this.closed = true;
      this.next = after.find((byte) => !isSpace(byte));
    }
  }

  #add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) {
      throw reportFailure('ReportTooLarge', `the report is larger than ${this.#maxBytes} bytes`);
    }
  }

  result(): { digest: `sha256:${string}`; bytes: number } {
    return { digest: `sha256:${this.#hash.digest('hex')}`, bytes: this.#bytes };
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
