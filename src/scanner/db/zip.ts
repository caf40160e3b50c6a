/**
 * Reads the entries of a zip file (APPNOTE 6.3.10, zip64 included) one after the other. Only what advisory archives
 * need: stored and deflated entries, no encryption, no split archives. Made for archives of several hundred thousand
 * small files, where a stream an entry costs more than reading it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

export interface ZipLimits {
  /** Bytes of one entry once inflated. */
  readonly maxEntryBytes: number;
  readonly maxEntries: number;
}

export interface ZipEntry {
  readonly name: string;
  /** The entry's bytes; throws an `Error` whose message says what is wrong with it. */
  read(): Buffer;
}

const endRecord = 0x06054b50;
const endRecord64 = 0x06064b50;
const endLocator64 = 0x07064b50;
const centralHeader = 0x02014b50;
const localHeader = 0x04034b50;
/** The end record is 22 bytes and a comment of at most 65,535. */
const longestEnd = 22 + 0xffff;
/** How much of the file is read at once: entries lie one behind the other. */
const windowBytes = 4 * 1024 * 1024;
const largestDirectory = 1024 * 1024 * 1024;

/** Calls for entries while the file is open; `close` it after use. Throws an `Error` when it is no zip file. */
export class ZipFile {
  readonly #fd: number;
  readonly #size: number;
  readonly #limits: ZipLimits;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(path: string, limits: ZipLimits) {
    this.#fd = openSync(path, 'r');
    this.#size = fstatSync(this.#fd).size;
    this.#limits = limits;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** In the order of the archive's directory; folders are left out. */
  *entries(): Generator<ZipEntry> {
    const { offset, bytes, count } = this.#directoryPlace();
    if (count > this.#limits.maxEntries)
      throw new Error(`has ${count} entries, more than ${this.#limits.maxEntries}`);
    if (bytes > largestDirectory) throw new Error('its directory is too large');
    const directory = this.#readAt(offset, bytes);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== centralHeader) {
        throw new Error(`its directory is damaged at entry ${i + 1} of ${count}`);
      }
      const nameLength = directory.readUInt16LE(at + 28);
      const extraLength = directory.readUInt16LE(at + 30);
      const commentLength = directory.readUInt16LE(at + 32);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
      const header = directory.subarray(at, at + 46);
      at += 46 + nameLength + extraLength + commentLength;
      if (!name.endsWith('/')) yield { name, read: () => this.#readEntry(header, extra) };
    }
  }

  #directoryPlace(): { offset: number; bytes: number; count: number } {
    const tailStart = Math.max(0, this.#size - longestEnd);
    const tail = this.#readAt(tailStart, this.#size - tailStart);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== endRecord) end--;
    if (end < 0) throw new Error('is no zip file, or ends early');
    const place = {
      count: tail.readUInt16LE(end + 10),
      bytes: tail.readUInt32LE(end + 12),
      offset: tail.readUInt32LE(end + 16),
    };
    const locator = end - 20;
    if (locator < 0 || tail.readUInt32LE(locator) !== endLocator64) return place;
    const record = this.#readAt(wholeNumber(tail.readBigUInt64LE(locator + 8)), 56);
    if (record.length < 56 || record.readUInt32LE(0) !== endRecord64)
      throw new Error('its zip64 record is damaged');
    return {
      count: wholeNumber(record.readBigUInt64LE(32)),
      bytes: wholeNumber(record.readBigUInt64LE(40)),
      offset: wholeNumber(record.readBigUInt64LE(48)),
    };
  }

  #readEntry(header: Buffer, extra: Buffer): Buffer {
    const method = header.readUInt16LE(10);
    const { packed, unpacked, offset } = sizesOf(header, extra);
    if ((header.readUInt16LE(8) & 1) === 1) throw new Error('is encrypted');
    if (Math.max(packed, unpacked) > this.#limits.maxEntryBytes) throw new Error('is too large');
    const local = this.#readAt(offset, 30);
    if (local.length < 30 || local.readUInt32LE(0) !== localHeader)
      throw new Error('is not where the directory says');
    const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const data = this.#readAt(start, packed);
    if (data.length < packed) throw new Error('ends early');
    if (method === 0) return data;
    if (method !== 8) throw new Error(`is packed by method ${method}, which is not supported`);
    return inflateRawSync(data, { maxOutputLength: this.#limits.maxEntryBytes });
  }

  /** Up to `length` bytes from `offset`, fewer at the end of the file; valid until the next call. */
  #readAt(offset: number, length: number): Buffer {
    const from = offset - this.#windowStart;
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length);
    const wanted = Math.max(0, Math.min(Math.max(length, windowBytes), this.#size - offset));
    const window = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const got = readSync(this.#fd, window, filled, wanted - filled, offset + filled);
      if (got === 0) break;
      filled += got;
    }
    this.#window = window.subarray(0, filled);
    this.#windowStart = offset;
    return this.#window.subarray(0, length);
  }
}

/** Sizes and place of an entry; what does not fit 32 bits stands in the zip64 field (id 1), in this order. */
function sizesOf(header: Buffer, extra: Buffer): { packed: number; unpacked: number; offset: number } {
  const sizes = {
    unpacked: header.readUInt32LE(24),
    packed: header.readUInt32LE(20),
    offset: header.readUInt32LE(42),
  };
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    for (const key of ['unpacked', 'packed', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff || field + 8 > extra.length) continue;
      sizes[key] = wholeNumber(extra.readBigUInt64LE(field));
      field += 8;
    }
  }
  return sizes;
}

function wholeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('names a place beyond any file');
  return Number(value);
}
