// Objects.
import { equal, isArray, RegoObject, RegoSet, typeName } from '../value.ts';
import { OperandError, type BuiltinFn } from './context.ts';
import { arrayAt, objectAt, wrongElement } from './operands.ts';
import type { Value } from '../types.ts';

export const objects: Readonly<Record<string, BuiltinFn>> = {
  'object.get': (_, object = null, key = null, fallback = null) => get(objectAt(object, 1), key, fallback),
  'object.keys': (_, object = null) => RegoSet.from(objectAt(object, 1).keys()),
  'object.union': (_, a = null, b = null) => union(objectAt(a, 1), objectAt(b, 2)),
  'object.union_n': (_, list = null) => unionAll(list),
  'object.remove': (_, object = null, keys = null) => pick(objectAt(object, 1), keysOf(keys), false),
  'object.filter': (_, object = null, keys = null) => pick(objectAt(object, 1), keysOf(keys), true),
  'object.subset': (_, a = null, b = null) => subset(a, b),
};

function get(object: RegoObject, key: Value, fallback: Value): Value {
  if (!isArray(key)) {
    const found = object.get(key);
    return found === undefined ? fallback : found;
  }
  let value: Value = object;
  for (const part of key) {
    const member = step(value, part);
    if (member === undefined) return fallback;
    value = member;
  }
  return value;
}

function step(value: Value, key: Value): Value | undefined {
  if (value instanceof RegoObject) return value.get(key);
  if (value instanceof RegoSet) return value.find(key);
  return isArray(value) && typeof key === 'number' ? value[key] : undefined;
}

function union(a: RegoObject, b: RegoObject): RegoObject {
  const result = a.copy();
  for (const [key, value] of b.entries()) {
    const before = result.get(key);
    result.set(
      key,
      before instanceof RegoObject && value instanceof RegoObject ? union(before, value) : value,
    );
  }
  return result;
}

function unionAll(list: Value): RegoObject {
  let result = new RegoObject();
  for (const item of arrayAt(list, 1)) {
    if (!(item instanceof RegoObject)) throw wrongElement(1, list, item, 'object');
    result = union(result, item);
  }
  return result;
}

function keysOf(keys: Value): RegoSet {
  if (keys instanceof RegoSet) return keys;
  if (isArray(keys)) return RegoSet.from(keys);
  if (keys instanceof RegoObject) return RegoSet.from(keys.keys());
  throw new OperandError(`operand 2 must be one of {object, set, array} but got ${typeName(keys)}`);
}

function pick(object: RegoObject, keys: RegoSet, keep: boolean): RegoObject {
  return RegoObject.from([...object.entries()].filter(([key]) => keys.has(key) === keep));
}

function subset(a: Value, b: Value): boolean {
  if (a instanceof RegoObject && b instanceof RegoObject) return objectSubset(a, b);
  if (a instanceof RegoSet && b instanceof RegoSet) return [...b.values()].every((item) => a.has(item));
  if (isArray(a) && isArray(b)) return arraySubset(a, b);
  if (isArray(a) && b instanceof RegoSet)
    return [...b.values()].every((item) => a.some((other) => equal(item, other)));
  throw new OperandError('both arguments object.subset must be of the same type or array and set');
}

function objectSubset(a: RegoObject, b: RegoObject): boolean {
  for (const [key, value] of b.entries()) {
    const other = a.get(key);
    if (other === undefined || !contains(other, value)) return false;
  }
  return true;
}

function contains(a: Value, b: Value): boolean {
  if (a instanceof RegoObject && b instanceof RegoObject) return objectSubset(a, b);
  if (a instanceof RegoSet && b instanceof RegoSet) return [...b.values()].every((item) => a.has(item));
  if (isArray(a) && isArray(b)) return arraySubset(a, b);
  return equal(a, b);
}

/** b stands in a as it is, one after the other. */
function arraySubset(a: readonly Value[], b: readonly Value[]): boolean {
  for (let start = 0; start + b.length <= a.length; start += 1) {
    if (b.every((item, index) => contains(a[start + index] ?? null, item))) return true;
  }
  return false;
}
