// Bitwise operations on integers of any size.
import { fromBigInt } from '../number.ts';
import { OperandError } from './context.ts';
import { bigIntAt, fail } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

/** Shifting further than this would make numbers no one can hold. */
const MAX_SHIFT = 1_000_000n;

export const bits: Readonly<Record<string, BuiltinFn>> = {
  'bits.and': (_, a = null, b = null) => fromBigInt(bigIntAt(a, 1) & bigIntAt(b, 2)),
  'bits.or': (_, a = null, b = null) => fromBigInt(bigIntAt(a, 1) | bigIntAt(b, 2)),
  'bits.xor': (_, a = null, b = null) => fromBigInt(bigIntAt(a, 1) ^ bigIntAt(b, 2)),
  'bits.negate': (_, a = null) => fromBigInt(~bigIntAt(a, 1)),
  'bits.lsh': (_, a = null, b = null) => fromBigInt(bigIntAt(a, 1) << distance(b)),
  'bits.rsh': (_, a = null, b = null) => fromBigInt(bigIntAt(a, 1) >> distance(b)),
};

function distance(value: Value): bigint {
  const by = bigIntAt(value, 2);
  if (by < 0n)
    throw new OperandError('operand 2 must be an unsigned integer number but got a negative integer');
  if (by > MAX_SHIFT) fail('shift amount too large');
  return by;
}
