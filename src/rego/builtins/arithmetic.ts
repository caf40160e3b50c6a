// Arithmetic: exact on integers, 64-bit floats otherwise, as OPA does.
import {
  add,
  divide,
  fromBigFloat,
  multiply,
  negate,
  toBigFloat,
  truncate,
  type BigFloat,
} from './big-float.ts';
import { fromBigInt, integerValue, isNum, type Num } from '../number.ts';
import { RegoSet } from '../value.ts';
import { fail, numberAt, wrongType } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

const HALF: BigFloat = { mantissa: 1n, exponent: -1 };
const ONE: BigFloat = { mantissa: 1n, exponent: 0 };

export const arithmetic: Readonly<Record<string, BuiltinFn>> = {
  plus: (_, a = null, b = null) => plus(numberAt(a, 1), numberAt(b, 2)),
  minus: (_, a = null, b = null) => minus(a, b),
  mul: (_, a = null, b = null) => times(numberAt(a, 1), numberAt(b, 2)),
  div: (_, a = null, b = null) => over(numberAt(a, 1), numberAt(b, 2)),
  rem: (_, a = null, b = null) => remainder(numberAt(a, 1), numberAt(b, 2)),
  abs: (_, a = null) => unary(numberAt(a, 1), (x) => (x.mantissa < 0n ? negate(x) : x), Math.abs),
  round: (_, a = null) => unary(numberAt(a, 1), (x) => whole(add(x, x.mantissa < 0n ? negate(HALF) : HALF))),
  ceil: (_, a = null) => unary(numberAt(a, 1), ceil),
  floor: (_, a = null) => unary(numberAt(a, 1), floor),
};

export function plus(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const [x, y] = [integerValue(a), integerValue(b)];
  if (x !== undefined && y !== undefined) return fromBigInt(x + y);
  return fromBigFloat(add(toBigFloat(a), toBigFloat(b)));
}

export function times(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  const [x, y] = [integerValue(a), integerValue(b)];
  if (x !== undefined && y !== undefined) return fromBigInt(x * y);
  return fromBigFloat(multiply(toBigFloat(a), toBigFloat(b)));
}

function minus(a: Value, b: Value): Value {
  if (isNum(a) && isNum(b)) return difference(a, b);
  if (a instanceof RegoSet && b instanceof RegoSet)
    return RegoSet.from([...a.values()].filter((item) => !b.has(item)));
  if (!isNum(a) && !(a instanceof RegoSet)) throw wrongType(1, a, 'number', 'set');
  if (isNum(b)) throw wrongType(2, b, 'set');
  throw wrongType(2, b, 'number');
}

function difference(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const result = a - b;
    if (Number.isSafeInteger(result)) return result;
  }
  const [x, y] = [integerValue(a), integerValue(b)];
  if (x !== undefined && y !== undefined) return fromBigInt(x - y);
  return fromBigFloat(add(toBigFloat(a), negate(toBigFloat(b))));
}

function over(a: Num, b: Num): Num {
  const divisor = toBigFloat(b);
  if (divisor.mantissa === 0n) fail('divide by zero');
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const result = a / b;
    if (Number.isSafeInteger(result) && result !== 0) return result;
  }
  return fromBigFloat(divide(toBigFloat(a), divisor));
}

function remainder(a: Num, b: Num): Num {
  const [x, y] = [integerValue(a), integerValue(b)];
  if (x === undefined || y === undefined) return fail('modulo on floating-point number');
  if (y === 0n) fail('modulo by zero');
  return fromBigInt(x % y);
}

function unary(value: Num, float: (x: BigFloat) => BigFloat, integer: (x: number) => number = (x) => x): Num {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31)
    return integer(value);
  return fromBigFloat(float(toBigFloat(value)));
}

function whole(value: BigFloat): BigFloat {
  return { mantissa: truncate(value).whole, exponent: 0 };
}

function ceil(value: BigFloat): BigFloat {
  const { exact } = truncate(value);
  return exact || value.mantissa < 0n ? whole(value) : add(whole(value), ONE);
}

function floor(value: BigFloat): BigFloat {
  const { exact } = truncate(value);
  return exact || value.mantissa > 0n ? whole(value) : add(whole(value), negate(ONE));
}
