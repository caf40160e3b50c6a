// Values: what a term of Rego is at run time. Scalars and arrays are plain JS; sets and objects are here.
import { BigNum, compareNumbers, numberKey } from './number.ts';
import type { Value } from './types.ts';

/** What a Map may be keyed by so that equal values have equal keys. Composites become texts that start with NUL. */
export type Key = string | number | boolean | null;

/** Equal values, and only those, have the same key. */
export function keyOf(value: Value): Key {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof BigNum) {
    const key = numberKey(value);
    return typeof key === 'number' ? key : `\0n${key}`;
  }
  return `\0${encode(value)}`;
}

function encode(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return String(value === 0 ? 0 : value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof BigNum) return String(numberKey(value));
  if (isArray(value)) return encodeArray(value);
  if (value instanceof RegoSet) return `<${[...value.values()].map(encode).sort().join(',')}>`;
  const members: string[] = [];
  for (const [key, member] of value.entries()) members.push(`${encode(key)}:${encode(member)}`);
  return `{${members.sort().join(',')}}`;
}

function encodeArray(value: readonly Value[]): string {
  let text = '[';
  for (const element of value) text += `${encode(element)},`;
  return `${text}]`;
}

/** Array.isArray that narrows a Value. */
export function isArray(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

/** A set. Build with add, then treat as immutable. */
export class RegoSet {
  /** Scalars by key. */
  #scalars: Map<Key, Value> | undefined;
  /** Collections by hash; equal ones are found by comparing. */
  #collections: Map<number, Value[]> | undefined;
  #size = 0;
  #sorted: Value[] | undefined;
  #hash: number | undefined;

  static from(values: Iterable<Value>): RegoSet {
    const set = new RegoSet();
    for (const value of values) set.add(value);
    return set;
  }

  get size(): number {
    return this.#size;
  }

  has(value: Value): boolean {
    return this.find(value) !== undefined;
  }

  /** The member equal to value (it may be written differently: 1.0 for 1). */
  find(value: Value): Value | undefined {
    if (!isCollection(value)) return this.#scalars?.get(keyOf(value));
    return this.#collections?.get(hashOf(value))?.find((item) => equal(item, value));
  }

  add(value: Value): void {
    if (isCollection(value) ? !this.#addCollection(value) : !this.#addScalar(value)) return;
    this.#size += 1;
    this.#sorted = undefined;
    this.#hash = undefined;
  }

  #addScalar(value: Value): boolean {
    const key = keyOf(value);
    this.#scalars ??= new Map();
    if (this.#scalars.has(key)) return false;
    this.#scalars.set(key, value);
    return true;
  }

  #addCollection(value: Value): boolean {
    this.#collections ??= new Map();
    const hash = hashOf(value);
    const bucket = this.#collections.get(hash);
    if (bucket === undefined) {
      this.#collections.set(hash, [value]);
      return true;
    }
    if (bucket.some((item) => equal(item, value))) return false;
    bucket.push(value);
    return true;
  }

  /** Members in OPA's order. */
  sorted(): readonly Value[] {
    this.#sorted ??= this.values().sort(compare);
    return this.#sorted;
  }

  /** Members in no order that means anything. */
  values(): Value[] {
    const values = this.#scalars === undefined ? [] : [...this.#scalars.values()];
    if (this.#collections === undefined) return values;
    for (const bucket of this.#collections.values()) for (const value of bucket) values.push(value);
    return values;
  }

  hash(): number {
    if (this.#hash === undefined) {
      let sum = 17 + this.#size;
      for (const value of this.values()) sum = (sum + mix(hashOf(value))) | 0;
      this.#hash = sum;
    }
    return this.#hash;
  }
}

/** A member of an object. */
export type Entry = readonly [key: Value, value: Value];

/**
 * An object. Build with set, then treat as immutable. One made from a plain JS object converts its members when
 * they are first asked for.
 */
export class RegoObject {
  #values = new Map<Key, Value>();
  /** Keys that are not what the map is keyed by: collections, numbers with a text of their own. */
  #originals: Map<Key, Value> | undefined;
  #sorted: Value[] | undefined;
  #hash: number | undefined;
  #source: Readonly<Record<string, unknown>> | undefined;
  #convert: ((value: unknown) => Value) | undefined;

  static from(entries: Iterable<Entry>): RegoObject {
    const object = new RegoObject();
    for (const [key, value] of entries) object.set(key, value);
    return object;
  }

  /** An object over a plain one; members that are undefined are not there. */
  static lazy(source: Readonly<Record<string, unknown>>, convert: (value: unknown) => Value): RegoObject {
    const object = new RegoObject();
    object.#source = source;
    object.#convert = convert;
    return object;
  }

  get size(): number {
    this.#materialise();
    return this.#values.size;
  }

  get(key: Value): Value | undefined {
    if (this.#source !== undefined) return this.#lazyGet(this.#source, key);
    return this.#values.get(keyOf(key));
  }

  has(key: Value): boolean {
    return this.get(key) !== undefined;
  }

  set(key: Value, value: Value): void {
    this.#materialise();
    const mapKey = keyOf(key);
    const before = this.#values.size;
    this.#values.set(mapKey, value);
    this.#hash = undefined;
    if (this.#values.size === before) return;
    this.#sorted = undefined;
    if (mapKey === key) return;
    this.#originals ??= new Map();
    this.#originals.set(mapKey, key);
  }

  /** Keys in OPA's order. */
  keys(): readonly Value[] {
    if (this.#sorted === undefined) {
      this.#materialise();
      const originals = this.#originals;
      const keys = [...this.#values.keys()];
      this.#sorted = (originals === undefined ? keys : keys.map((key) => original(originals, key))).sort(
        compare,
      );
    }
    return this.#sorted;
  }

  /** Members in OPA's order. */
  *entries(): IterableIterator<Entry> {
    for (const key of this.keys()) {
      const value = this.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  copy(): RegoObject {
    this.#materialise();
    const copy = new RegoObject();
    copy.#values = new Map(this.#values);
    copy.#originals = this.#originals && new Map(this.#originals);
    return copy;
  }

  hash(): number {
    if (this.#hash === undefined) {
      this.#materialise();
      let sum = 31 + this.#values.size;
      for (const [key, value] of this.#values)
        sum = (sum + mix(hashOf(key) ^ Math.imul(hashOf(value), 31))) | 0;
      this.#hash = sum;
    }
    return this.#hash;
  }

  #lazyGet(source: Readonly<Record<string, unknown>>, key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const mapKey = keyOf(key);
    const known = this.#values.get(mapKey);
    if (known !== undefined) return known;
    if (!Object.hasOwn(source, key) || source[key] === undefined) return undefined;
    const value = this.#convert?.(source[key]) ?? null;
    this.#values.set(mapKey, value);
    return value;
  }

  #materialise(): void {
    const source = this.#source;
    if (source === undefined) return;
    for (const key of Object.keys(source)) {
      if (source[key] === undefined) continue;
      this.#lazyGet(source, key);
      if (keyOf(key) === key) continue;
      this.#originals ??= new Map();
      this.#originals.set(keyOf(key), key);
    }
    this.#source = undefined;
  }
}

function original(originals: ReadonlyMap<Key, Value>, key: Key): Value {
  const found = originals.get(key);
  return found === undefined ? key : found;
}

function isCollection(value: Value): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof BigNum);
}

/** Strings longer than this are hashed by their length and ends. */
const HASHED_LENGTH = 96;

/** Equal values have equal hashes. */
function hashOf(value: Value): number {
  if (typeof value === 'string') return hashText(value);
  if (typeof value === 'number') return hashNumber(value);
  if (value === null) return 11;
  if (typeof value === 'boolean') return value ? 13 : 7;
  if (value instanceof BigNum) {
    const key = numberKey(value);
    return typeof key === 'number' ? hashNumber(key) : hashText(key);
  }
  if (!isArray(value)) return value.hash();
  let hash = 19 + value.length;
  for (const item of value) hash = (Math.imul(hash, 31) + hashOf(item)) | 0;
  return hash;
}

function hashNumber(value: number): number {
  return Number.isInteger(value) ? (value | 0) ^ 0x5bd1 : hashText(String(value));
}

function hashText(text: string): number {
  let hash = text.length;
  const head = Math.min(text.length, HASHED_LENGTH);
  for (let index = 0; index < head; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  for (let index = Math.max(head, text.length - HASHED_LENGTH); index < text.length; index += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  }
  return hash;
}

/** Spreads a hash, so that sums of them differ. */
function mix(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return once ^ (once >>> 13);
}

/** Order of types: null, boolean, number, string, array, object, set. */
function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' || value instanceof BigNum) return 2;
  if (typeof value === 'string') return 3;
  if (isArray(value)) return 4;
  return value instanceof RegoObject ? 5 : 6;
}

/** OPA's order over all values: negative, zero or positive. */
export function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b < 0 ? -1 : a > b ? 1 : 0;
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  return compareSame(a, b);
}

function compareSame(a: Value, b: Value): number {
  if (typeof a === 'boolean') return a ? 1 : -1;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (isArray(a) && isArray(b)) return compareLists(a, b);
  if (a instanceof RegoObject && b instanceof RegoObject) return compareObjects(a, b);
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(a.sorted(), b.sorted());
  return 0;
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const order = compare(a[index] ?? null, b[index] ?? null);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: RegoObject, b: RegoObject): number {
  const keysA = a.keys();
  const keysB = b.keys();
  const shared = Math.min(keysA.length, keysB.length);
  for (let index = 0; index < shared; index += 1) {
    const keyA = keysA[index] ?? null;
    const keyB = keysB[index] ?? null;
    const keys = compare(keyA, keyB);
    if (keys !== 0) return keys;
    const values = compare(a.get(keyA) ?? null, b.get(keyB) ?? null);
    if (values !== 0) return values;
  }
  return keysA.length - keysB.length;
}

/** Order by code point, which is the order of UTF-8 bytes; JS compares UTF-16 units. */
export function compareStrings(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    const surrogateA = unitA >= 0xd800 && unitA <= 0xdfff;
    const surrogateB = unitB >= 0xd800 && unitB <= 0xdfff;
    if (surrogateA !== surrogateB) return surrogateA ? 1 : -1;
    return unitA - unitB;
  }
  return a.length - b.length;
}

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (a instanceof BigNum || b instanceof BigNum) && compare(a, b) === 0;
  }
  if (isArray(a)) return isArray(b) && equalLists(a, b);
  if (a instanceof RegoObject)
    return b instanceof RegoObject && a.size === b.size && compareObjects(a, b) === 0;
  if (a instanceof RegoSet)
    return b instanceof RegoSet && a.size === b.size && compareLists(a.sorted(), b.sorted()) === 0;
  return compare(a, b) === 0;
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (!equal(a[index] ?? null, b[index] ?? null)) return false;
  }
  return true;
}

export function isNumber(value: Value | undefined): value is number | BigNum {
  return typeof value === 'number' || value instanceof BigNum;
}

/** Rego's name of a value's type. */
export function typeName(value: Value): string {
  return ['null', 'boolean', 'number', 'string', 'array', 'object', 'set'][rank(value)] ?? 'any';
}
