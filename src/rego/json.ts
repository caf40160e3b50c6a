// JSON in and out, without loss: number texts are kept, and what has no JSON (sets, other keys) is written as OPA does.
import { BigNum, parseNumber, tooBig } from './number.ts';
import { isArray, RegoObject, RegoSet } from './value.ts';
import type { Value } from './types.ts';

/** A text that is not JSON; offset counts UTF-16 units from 0. */
export class JsonError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonError';
    this.offset = offset;
  }
}

/** Deeper documents are refused: every level costs stack, here and wherever values are compared or written. */
const MAX_DEPTH = 2_000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * The value a JSON text stands for. Numbers keep their exact text; of duplicate keys the last wins; lone
 * surrogates become U+FFFD. Throws JsonError.
 */
export function fromJson(text: string, maxDepth = MAX_DEPTH): Value {
  const reader = new Reader(text, maxDepth);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  value(depth: number): Value {
    if (depth > this.#maxDepth) throw new JsonError('exceeded max depth', this.#at);
    this.#space();
    const char = this.#text[this.#at];
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    if (char === '"') return this.#string();
    if (char === 't') return this.#word('true', true);
    if (char === 'f') return this.#word('false', false);
    if (char === 'n') return this.#word('null', null);
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
  }

  #object(depth: number): Value {
    const object = new RegoObject();
    this.#at += 1;
    if (this.#closes('}')) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key');
      this.#at += 1;
      object.set(key, this.value(depth + 1));
      if (this.#closes('}')) return object;
      this.#comma('after object key:value pair');
    }
  }

  #array(depth: number): Value {
    const array: Value[] = [];
    this.#at += 1;
    if (this.#closes(']')) return array;
    for (;;) {
      array.push(this.value(depth + 1));
      if (this.#closes(']')) return array;
      this.#comma('after array element');
    }
  }

  #closes(bracket: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #comma(where: string): void {
    if (this.#text[this.#at] !== ',') throw this.#unexpected(where);
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at + 1;
    for (let at = start; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 34) {
        this.#at = at + 1;
        const plain = this.#text.slice(start, at);
        return plain.isWellFormed() ? plain : plain.toWellFormed();
      }
      if (code === 92 || code < 32 || at >= this.#text.length) break;
    }
    return this.#escapedString();
  }

  #escapedString(): string {
    this.#at += 1;
    let text = '';
    for (;;) {
      PLAIN.lastIndex = this.#at;
      const plain = PLAIN.exec(this.#text)?.[0] ?? '';
      text += plain;
      this.#at += plain.length;
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#at += 1;
        return text.toWellFormed();
      }
      if (char !== '\\') throw this.#unexpected('in string literal');
      text += this.#escape();
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at + 1] ?? '';
    const simple = ESCAPES[kind];
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (kind !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#unexpected('in string escape code');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): Value {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#unexpected('looking for beginning of value');
    if (tooBig(text)) throw new JsonError(`number too big`, this.#at);
    this.#at += text.length;
    return parseNumber(text);
  }

  #word(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected(`in literal ${word}`);
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at += 1;
    }
  }

  #unexpected(where: string): JsonError {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return new JsonError('unexpected end of JSON input', this.#at);
    return new JsonError(`invalid character '${String.fromCodePoint(point)}' ${where}`, this.#at);
  }
}

/**
 * The value of a plain JS document (what JSON.parse or a report reader gives), converted as it is read: an object's
 * members only when asked for. Undefined members are left out. Do not change the document afterwards.
 */
export function fromJs(source: unknown): Value {
  if (typeof source === 'string') return source.isWellFormed() ? source : source.toWellFormed();
  if (typeof source === 'number') return parseNumber(jsNumberText(source));
  if (typeof source === 'boolean') return source;
  if (typeof source === 'bigint') return parseNumber(source.toString());
  if (source === null || source === undefined) return null;
  if (source instanceof BigNum || source instanceof RegoObject || source instanceof RegoSet) return source;
  if (Array.isArray(source)) return source.map(fromJs);
  if (source instanceof Map) return fromMap(source);
  if (typeof source === 'object') return RegoObject.lazy({ ...source }, fromJs);
  throw new TypeError(`a ${typeof source} has no Rego value`);
}

function fromMap(source: ReadonlyMap<unknown, unknown>): RegoObject {
  const object = new RegoObject();
  for (const [key, value] of source) object.set(fromJs(key), fromJs(value));
  return object;
}

function jsNumberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no Rego value`);
  return String(value);
}

/** The plain JS document of a value: sets become sorted arrays, big numbers their nearest double. */
export function toJs(value: Value): unknown {
  if (value instanceof BigNum) return Number(value.text);
  if (isArray(value)) return value.map(toJs);
  if (value instanceof RegoSet) return value.sorted().map(toJs);
  if (!(value instanceof RegoObject)) return value;
  const members: [string, unknown][] = [];
  for (const [key, member] of value.entries()) members.push([keyText(key), toJs(member)]);
  return Object.fromEntries(members);
}

/** JSON as OPA writes it: sets as sorted arrays, keys that are not strings as their JSON text. */
export function toJson(value: Value): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value instanceof BigNum) return value.text;
  if (isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (value instanceof RegoSet) return `[${value.sorted().map(toJson).join(',')}]`;
  const members: string[] = [];
  for (const [key, member] of value.entries()) members.push(`${quote(keyText(key))}:${toJson(member)}`);
  return `{${members.join(',')}}`;
}

/** The JSON key of a member whose key may be any value. */
export function keyText(key: Value): string {
  return typeof key === 'string' ? key : toJson(key);
}

// Go escapes what HTML or JavaScript would trip over, too.
const GO_ESCAPES = /[<>&\u2028\u2029\u007f]/g;

function quote(text: string): string {
  const quoted = JSON.stringify(text).replaceAll('\\b', '\\b');
  return GO_ESCAPES.test(quoted) ? quoted.replace(GO_ESCAPES, escapeGo) : quoted;
}

function escapeGo(char: string): string {
  return char === '\u007f' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
