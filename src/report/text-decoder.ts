/** Bytes of an XML document as text. Invalid bytes are refused: a decoder that replaced them would hide a changed name. */
import { isAscii, isUtf8 } from 'node:buffer';
import { reportFailure } from './failures.ts';

export interface TextReader {
  /** The text of these bytes, but for a character that is not complete yet. */
  write(bytes: Uint8Array): string;
  /** How many bytes stand for `text`, which `write` gave. */
  bytesOf(text: string): number;
  /** Throws `ReportInvalid` when a character is left incomplete; only asked where the document ended in time. */
  readonly pending: number;
}

/** UTF-8, checked. Nearly all of a report is ASCII, which needs no decoding. */
export class Utf8Reader implements TextReader {
  #rest: Buffer = Buffer.alloc(0);
  #offset = 0;

  get pending(): number {
    return this.#rest.length;
  }

  write(bytes: Uint8Array): string {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const all = this.#rest.length === 0 ? given : Buffer.concat([this.#rest, given]);
    if (isAscii(all)) {
      this.#rest = all.subarray(0, 0);
      this.#offset += all.length;
      return all.toString('latin1');
    }
    const end = all.length - incompleteTail(all);
    const whole = all.subarray(0, end);
    if (!isUtf8(whole)) {
      const at = this.#offset + firstInvalid(whole);
      throw reportFailure('ReportInvalid', `the report is not valid UTF-8 at byte ${at + 1} of the document`);
    }
    this.#rest = Buffer.from(all.subarray(end));
    this.#offset += end;
    return whole.toString();
  }

  bytesOf(text: string): number {
    return Buffer.byteLength(text);
  }
}

/** ISO-8859-1: every byte is the character of that number. */
export class Latin1Reader implements TextReader {
  readonly pending = 0;

  write(bytes: Uint8Array): string {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  bytesOf(text: string): number {
    return text.length;
  }
}

/** How many bytes at the end begin a character that goes on in the next chunk: at most 3. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

/** The longest valid beginning, found by halving. */
function firstInvalid(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const cut = middle - incompleteTail(bytes.subarray(0, middle));
    if (isUtf8(bytes.subarray(0, cut))) good = middle;
    else bad = middle;
  }
  return good;
}

/** The reader for what an XML declaration names. Throws `ReportInvalid` for encodings we do not read. */
export function textReaderFor(declaration: string): TextReader {
  const encoding =
    /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']{1,40})["']/.exec(declaration)?.[1]?.toLowerCase() ?? 'utf-8';
  if (['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(encoding)) return new Utf8Reader();
  if (encoding.startsWith('utf-16')) return new Utf8Reader(); // turned into UTF-8 before it came here
  if (['iso-8859-1', 'latin1', 'iso8859-1'].includes(encoding)) return new Latin1Reader();
  throw reportFailure('ReportInvalid', `the report is in the encoding "${encoding}": write it in UTF-8`, {
    line: 1,
  });
}
