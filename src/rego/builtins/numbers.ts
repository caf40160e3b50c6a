// Ranges and random numbers.
import { fromBigInt } from '../number.ts';
import { bigIntAt, fail, intAt, stringAt } from './operands.ts';
import type { BuiltinContext, BuiltinFn } from './context.ts';
import type { Num } from '../number.ts';

/** Longer ranges would fill the memory. */
const MAX_RANGE = 10_000_000n;

export const numbers: Readonly<Record<string, BuiltinFn>> = {
  'numbers.range': (_, from = null, to = null) => range(bigIntAt(from, 1), bigIntAt(to, 2), 1n),
  'numbers.range_step': (_, from = null, to = null, step = null) => {
    const [a, b, by] = [bigIntAt(from, 1), bigIntAt(to, 2), bigIntAt(step, 3)];
    if (by <= 0n) fail('step must be a positive integer');
    return range(a, b, by);
  },
  'rand.intn': (context, key = null, n = null) => randomInt(context, stringAt(key, 1), intAt(n, 2)),
};

function range(from: bigint, to: bigint, step: bigint): Num[] {
  const distance = to > from ? to - from : from - to;
  if (distance / step >= MAX_RANGE) fail(`range of more than ${MAX_RANGE} numbers`);
  const list: Num[] = [];
  if (from <= to) for (let value = from; value <= to; value += step) list.push(fromBigInt(value));
  else for (let value = from; value >= to; value -= step) list.push(fromBigInt(value));
  return list;
}

/** The same for the same key and bound all through an evaluation. */
function randomInt(context: BuiltinContext, key: string, n: number): number {
  if (n === 0) return 0;
  const name = `rand.intn\0${key}\0${n}`;
  const known = context.cache.get(name);
  if (typeof known === 'number') return known;
  const value = Math.floor(context.random() * Math.abs(n));
  context.cache.set(name, value);
  return value;
}
