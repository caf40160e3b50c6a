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
  if (base instanceof RegoObject) {
    const found = base.get(key);
    return found === undefined && isNum(key) ? base.get(numberText(key)) : found;
  }
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

/** A base document over a rule's: where both say something, the base document holds. */
export function laidOver(base: Value | undefined, virtual: Value): Value {
  if (base === undefined) return virtual;
  if (!(base instanceof RegoObject) || !(virtual instanceof RegoObject)) return base;
  const both = virtual.copy();
  for (const [key, value] of base.entries()) both.set(key, laidOver(value, virtual.get(key) ?? value));
  return both;
}
