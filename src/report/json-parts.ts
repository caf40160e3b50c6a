/**
 * Takes a JSON document apart as its bytes come: every member of the outermost object is told on its own, and of a
 * member that is an array every element on its own. Each such part is found by its brackets and read by JSON.parse,
 * which is strict and fast; the whole document never stands in memory.
 *
 * Of a key given twice within a part the last counts, as in Go and so in OPA; one given twice in the outermost
 * object is refused, since half of the document would be lost.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { reportFailure, truncated } from './failures.ts';
import { faultOf } from './json-fault.ts';
import type { Place } from './failures.ts';
import type { ReportLimits } from './limits.ts';

/** Told in document order. `element`: the part is one element of the array that stands under `key`. */
export type OnPart = (key: string, value: unknown, element: boolean, bytes: number) => void;

type State =
  | 'start'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'value'
  | 'after-value'
  | 'first-element'
  | 'element'
  | 'after-element'
  | 'part'
  | 'end';

const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const [comma, colon] = [0x2c, 0x3a];

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}

export class JsonParts {
  readonly #onPart: OnPart;
  readonly #limits: ReportLimits;
  readonly #keys = new Set<string>();
  #state: State = 'start';
  #key = '';
  #inArray = false;
  // The part being taken: what of it came in earlier chunks, and where we are in it.
  #pieces: Uint8Array[] = [];
  #size = 0;
  #depth = 0;
  #kind: 'key' | 'string' | 'nested' | 'word' = 'word';
  #inString = false;
  #escaped = false;
  // For messages: the line we are in, and where in the document lines and chunks begin.
  #line = 1;
  #lineStart = 0;
  #chunkStart = 0;
  #partPlace: Place = {};

  constructor(onPart: OnPart, limits: ReportLimits) {
    this.#onPart = onPart;
    this.#limits = limits;
  }

  /** Takes the next bytes; returns how many of them belong to the document when it ends within them. */
  write(bytes: Uint8Array): number | undefined {
    let at = 0;
    while (at < bytes.length && this.#state !== 'end') {
      at = this.#state === 'part' ? this.#takePart(bytes, at) : this.#step(bytes, at);
    }
    this.#chunkStart += bytes.length;
    return this.#state === 'end' ? at : undefined;
  }

  /** Throws `ReportTruncated` when the document has not ended. */
  finish(): void {
    if (this.#state === 'end') return;
    throw truncated(
      `it ends within ${this.#key === '' ? 'the document' : `"${this.#key.slice(0, 60)}"`}`,
      this.#place(0),
    );
  }

  /** One byte between parts. */
  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0;
    if (isSpace(byte)) {
      if (byte === newline) this.#newLine(at);
      return at + 1;
    }
    switch (this.#state) {
      case 'start':
        return this.#expect(byte === openBrace, 'first-key', at, '{');
      case 'first-key':
        if (byte === closeBrace) return this.#go('end', at);
        return this.#keyAt(byte, at);
      case 'key':
        return this.#keyAt(byte, at);
      case 'colon':
        return this.#expect(byte === colon, 'value', at, ':');
      case 'value':
        this.#inArray = byte === openBracket;
        return this.#inArray ? this.#go('first-element', at) : this.#begin(byte, at);
      case 'after-value':
        if (byte === closeBrace) return this.#go('end', at);
        return this.#expect(byte === comma, 'key', at, ', or }');
      case 'first-element':
        if (byte === closeBracket) return this.#go('after-value', at);
        return this.#begin(byte, at);
      case 'element':
        return this.#begin(byte, at);
      case 'after-element':
        if (byte === closeBracket) return this.#go('after-value', at);
        return this.#expect(byte === comma, 'element', at, ', or ]');
      default:
        return at;
    }
  }

  #go(state: State, at: number): number {
    this.#state = state;
    return at + 1;
  }

  #expect(met: boolean, next: State, at: number, wanted: string): number {
    if (!met) throw this.#invalid(`${wanted} is missing`, this.#place(at));
    return this.#go(next, at);
  }

  #keyAt(byte: number, at: number): number {
    if (byte !== quote) throw this.#invalid('a key in double quotes is missing', this.#place(at));
    return this.#begin(byte, at, true);
  }

  #begin(byte: number, at: number, isKey = false): number {
    this.#pieces = [];
    this.#size = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#partPlace = this.#place(at);
    const nested = byte === openBrace || byte === openBracket;
    this.#kind = isKey ? 'key' : byte === quote ? 'string' : nested ? 'nested' : 'word';
    if (this.#kind === 'word' && (byte === comma || byte === closeBrace || byte === closeBracket)) {
      throw this.#invalid('a value is missing', this.#partPlace);
    }
    this.#state = 'part';
    return at;
  }

  /** Runs to the end of the part, or of the bytes. */
  #takePart(bytes: Uint8Array, start: number): number {
    const end = this.#kind === 'word' ? wordEnd(bytes, start) : this.#partEnd(bytes, start);
    const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
    this.#size += piece.length;
    if (this.#size > this.#limits.maxPart) {
      const message = `one part of the report, in "${this.#key.slice(0, 60)}", is larger than ${this.#limits.maxPart} bytes`;
      throw reportFailure('ReportTooLarge', message, this.#partPlace);
    }
    if (end < 0) {
      this.#pieces.push(piece.slice());
      return bytes.length;
    }
    const whole = this.#pieces.length === 0 ? piece : Buffer.concat([...this.#pieces, piece]);
    this.#pieces = [];
    this.#tell(this.#parse(whole));
    return end;
  }

  /** The index after the part's last byte; -1 when it goes on. Runs over every byte of a report: kept tight. */
  #partEnd(bytes: Uint8Array, start: number): number {
    const length = bytes.length;
    let at = start;
    let inString = this.#inString;
    let depth = this.#depth;
    if (this.#escaped && at < length) {
      this.#escaped = false;
      at += 1;
    }
    while (at < length) {
      const byte = bytes[at];
      at += 1;
      if (inString) {
        if (byte === quote) {
          inString = false;
          if (depth === 0) return at;
        } else if (byte === backslash) {
          if (at === length) this.#escaped = true;
          at += 1;
        }
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        if (depth > this.#limits.maxDepth) throw this.#tooDeep(at);
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth === 0) return at;
      } else if (byte === newline) this.#newLine(at - 1);
    }
    this.#inString = inString;
    this.#depth = depth;
    return -1;
  }

  #tell(value: unknown): void {
    if (this.#kind === 'key') {
      const key = String(value);
      if (this.#keys.has(key))
        throw this.#invalid(`the key "${key.slice(0, 60)}" is given twice`, this.#partPlace);
      this.#keys.add(key);
      this.#key = key;
      this.#state = 'colon';
      return;
    }
    this.#state = this.#inArray ? 'after-element' : 'after-value';
    this.#onPart(this.#key, value, this.#inArray, this.#size);
  }

  #parse(bytes: Uint8Array): unknown {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const ascii = isAscii(buffer);
    if (!ascii && !isUtf8(buffer)) {
      throw reportFailure(
        'ReportInvalid',
        `the report is not UTF-8: bad bytes in "${this.#key.slice(0, 60)}"`,
        this.#partPlace,
      );
    }
    const text = ascii ? buffer.toString('latin1') : buffer.toString();
    try {
      return JSON.parse(text);
    } catch (error) {
      const fault = faultOf(text);
      throw this.#invalid(fault.what, this.#placeWithin(text.slice(0, fault.offset)), error);
    }
  }

  /** The place after `before`, the beginning of the part. */
  #placeWithin(before: string): Place {
    const lines = before.split('\n');
    const last = Buffer.byteLength(lines.at(-1) ?? '');
    const column = lines.length === 1 ? (this.#partPlace.column ?? 1) + last : last + 1;
    return { line: (this.#partPlace.line ?? 1) + lines.length - 1, column };
  }

  #tooDeep(at: number): Error {
    return reportFailure(
      'ReportInvalid',
      `the report is nested deeper than ${this.#limits.maxDepth} levels`,
      this.#place(at),
    );
  }

  #invalid(what: string, place: Place, cause?: unknown): Error {
    return reportFailure('ReportInvalid', `the report is not well-formed JSON: ${what}`, place, cause);
  }

  #newLine(at: number): void {
    this.#line += 1;
    this.#lineStart = this.#chunkStart + at + 1;
  }

  #place(at: number): Place {
    return { line: this.#line, column: this.#chunkStart + at - this.#lineStart + 1 };
  }
}

/** Where a number, `true`, `false` or `null` ends; -1 when it may go on. */
function wordEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isSpace(byte) || byte === comma || byte === closeBrace || byte === closeBracket) return at;
  }
  return -1;
}
