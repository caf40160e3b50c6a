// Arrays.
import { isArray } from '../value.ts';
import { arrayAt, intAt } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const arrays: Readonly<Record<string, BuiltinFn>> = {
  'array.concat': (_, a = null, b = null) => [...arrayAt(a, 1), ...arrayAt(b, 2)],
  'array.flatten': (_, a = null) => arrayAt(a, 1).flatMap((item) => (isArray(item) ? [...item] : [item])),
  'array.reverse': (_, a = null) => [...arrayAt(a, 1)].reverse(),
  'array.slice': (_, a = null, start = null, stop = null) =>
    slice(arrayAt(a, 1), intAt(start, 2), intAt(stop, 3)),
};

/** Bounds outside the array are moved to its ends. */
function slice(array: readonly Value[], start: number, stop: number): Value[] {
  const from = Math.max(start, 0);
  return array.slice(from, Math.max(from, Math.min(stop, array.length)));
}
