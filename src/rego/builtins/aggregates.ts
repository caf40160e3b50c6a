// Aggregates over arrays and sets.
import { plus, times } from './arithmetic.ts';
import { isNum, type Num } from '../number.ts';
import { compare, isArray, RegoObject, RegoSet } from '../value.ts';
import { membersAt, wrongElement, wrongType } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const aggregates: Readonly<Record<string, BuiltinFn>> = {
  count: (_, value = null) => count(value),
  sum: (_, value = null) => fold(value, 0, plus),
  product: (_, value = null) => fold(value, 1, times),
  max: (_, value = null) => extreme(value, 1),
  min: (_, value = null) => extreme(value, -1),
  sort: (_, value = null) => [...membersAt(value, 1)].sort(compare),
  all: (_, value = null) => members(value).every((item) => item === true),
  any: (_, value = null) => members(value).some((item) => item === true),
};

function count(value: Value): number {
  if (typeof value === 'string') return codePoints(value);
  if (isArray(value)) return value.length;
  if (value instanceof RegoSet || value instanceof RegoObject) return value.size;
  throw wrongType(1, value, 'array', 'object', 'set', 'string');
}

/** Code points of a string. */
export function codePoints(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function fold(value: Value, start: Num, step: (a: Num, b: Num) => Num): Num {
  let result = start;
  for (const item of membersAt(value, 1)) {
    if (!isNum(item)) throw wrongElement(1, value, item, 'number');
    result = step(result, item);
  }
  return result;
}

function extreme(value: Value, direction: 1 | -1): Value | undefined {
  let best: Value | undefined;
  for (const item of membersAt(value, 1)) {
    if (best === undefined || compare(item, best) * direction > 0) best = item;
  }
  return best;
}

function members(value: Value): readonly Value[] {
  if (!isArray(value) && !(value instanceof RegoSet)) throw wrongType(1, value, 'array', 'set');
  return isArray(value) ? value : value.sorted();
}
