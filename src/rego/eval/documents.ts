// Base documents under `data`, and laying them and rules' documents over each other.
import { isNum, numberText } from '../number.ts';
import { isArray, RegoObject, RegoSet } from '../value.ts';
import type { Value } from '../types.ts';

export function baseAt(data: Value, path: readonly string[]): Value | undefined {
  let value: Value | undefined = data;
  for (const name of path) {
    value = childBase(value, name);
    if (value === undefined) return undefined;
  }
  return value;
}

/** A member of a base document. Its keys came from JSON, so a number finds the key of its text. */
export function childBase(base: Value | undefined, key: Value): Value | undefined {
  if (base instanceof RegoObject) return base.get(key) ?? (isNum(key) ? base.get(numberText(key)) : undefined);
  if (isArray(base) && typeof key === 'number') return base[key];
  return base instanceof RegoSet ? base.find(key) : undefined;
}

/** A copy of a document with a value at a path; objects are made where there are none. */
export function patched(document: Value | undefined, path: readonly Value[], value: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = document instanceof RegoObject ? document.copy() : new RegoObject();
  object.set(key, patched(object.get(key), rest, value));
  return object;
}
