// Base documents under `data`, and laying them and rules' documents over each other.
import { equal, isArray, RegoObject } from '../value.ts';
import type { Value } from '../types.ts';

export function baseAt(data: Value, path: readonly string[]): Value | undefined {
  let value: Value | undefined = data;
  for (const name of path) {
    value = childBase(value, name);
    if (value === undefined) return undefined;
  }
  return value;
}

export function childBase(base: Value | undefined, key: Value): Value | undefined {
  if (base instanceof RegoObject) return base.get(key);
  if (isArray(base) && typeof key === 'number') return base[key];
  return undefined;
}

/** A copy of a document with a value at a path; objects are made where there are none. */
export function patched(document: Value | undefined, path: readonly Value[], value: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = document instanceof RegoObject ? document.copy() : new RegoObject();
  object.set(key, patched(object.get(key), rest, value));
  return object;
}

/** Two documents of the same place as one; undefined when they contradict each other. */
export function merged(a: Value, b: Value): Value | undefined {
  if (!(a instanceof RegoObject) || !(b instanceof RegoObject)) return equal(a, b) ? a : undefined;
  const object = a.copy();
  for (const [key, value] of b.entries()) {
    const before = object.get(key);
    const both = before === undefined ? value : merged(before, value);
    if (both === undefined) return undefined;
    object.set(key, both);
  }
  return object;
}
