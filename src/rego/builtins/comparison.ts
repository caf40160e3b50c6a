// Comparison and membership.
import { compare, equal, isArray, RegoObject, RegoSet } from '../value.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const comparison: Readonly<Record<string, BuiltinFn>> = {
  eq: (_, a = null, b = null) => equal(a, b),
  equal: (_, a = null, b = null) => equal(a, b),
  neq: (_, a = null, b = null) => !equal(a, b),
  lt: (_, a = null, b = null) => compare(a, b) < 0,
  lte: (_, a = null, b = null) => compare(a, b) <= 0,
  gt: (_, a = null, b = null) => compare(a, b) > 0,
  gte: (_, a = null, b = null) => compare(a, b) >= 0,
  'internal.member_2': (_, value = null, collection = null) => isMember(value, collection),
  'internal.member_3': (_, key = null, value = null, collection = null) => isMemberAt(key, value, collection),
};

function isMember(value: Value, collection: Value): boolean {
  if (collection instanceof RegoSet) return collection.has(value);
  if (isArray(collection)) return collection.some((item) => equal(item, value));
  if (!(collection instanceof RegoObject)) return false;
  for (const [, item] of collection.entries()) if (equal(item, value)) return true;
  return false;
}

function isMemberAt(key: Value, value: Value, collection: Value): boolean {
  const item = memberAt(key, collection);
  return item !== undefined && equal(item, value);
}

function memberAt(key: Value, collection: Value): Value | undefined {
  if (collection instanceof RegoObject) return collection.get(key);
  if (collection instanceof RegoSet) return collection.find(key);
  return isArray(collection) && typeof key === 'number' ? collection[key] : undefined;
}
