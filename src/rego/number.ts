// Exact numbers. OPA keeps a number as its decimal text; so do we, but for the common numbers whose text is
// what JS prints anyway: those are plain JS numbers.

/** A decimal: digits × 10^exponent, without trailing zeros in digits; zero has digits 0n and exponent 0. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** A number whose exact text differs from what JS would print for its double: `1.50`, `1e3`, 2^64. */
export class BigNum {
  readonly text: string;
  #decimal: Decimal | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get decimal(): Decimal {
    this.#decimal ??= parseDecimal(this.text);
    return this.#decimal;
  }

  toString(): string {
    return this.text;
  }
}

export type Num = number | BigNum;

/** Exponents past this are read as if they were this: bounds the digits a comparison can need. */
const MAX_EXPONENT = 100_000;

/** The number a JSON or Rego number text stands for. The text must be a valid one. */
export function parseNumber(text: string): Num {
  const value = Number(text);
  if (String(value) === text && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
  return new BigNum(text);
}

/** Whether a number's binary exponent is past what OPA reads: 2^±100000. */
export function tooBig(text: string): boolean {
  const match = /[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return false;
  const mantissa = text.slice(0, match.index);
  const digits = mantissa.replace(/^-?0*\.?0*/, '');
  if (digits === '') return false;
  const point = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0;
  const magnitude = Number(match[1]) + digits.replace('.', '').length - point;
  return Math.abs(magnitude) * Math.log2(10) > 100_000;
}

/** A BigInt as a number value. */
export function fromBigInt(value: bigint): Num {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : new BigNum(value.toString());
}

/** The text OPA prints. */
export function numberText(value: Num): string {
  return typeof value === 'number' ? String(value) : value.text;
}

export function isNum(value: unknown): value is Num {
  return typeof value === 'number' || value instanceof BigNum;
}

export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return { digits: 0n, exponent: 0 };
  const fraction = match[3] ?? '';
  const digits = BigInt((match[2] ?? '') + fraction || '0');
  const exponent = clampExponent(Number(match[4] ?? '0')) - fraction.length;
  return normalise(match[1] === '-' ? -digits : digits, exponent);
}

function clampExponent(exponent: number): number {
  return Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, exponent));
}

function normalise(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits: 0n, exponent: 0 };
  const text = digits.toString();
  let zeros = 0;
  while (text.charCodeAt(text.length - 1 - zeros) === 48) zeros += 1;
  if (zeros === 0) return { digits, exponent };
  return { digits: BigInt(text.slice(0, text.length - zeros)), exponent: exponent + zeros };
}

export function toDecimal(value: Num): Decimal {
  return typeof value === 'number' ? parseDecimal(String(value)) : value.decimal;
}

/** Numeric order: negative, zero or positive. */
export function compareNumbers(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  return compareDecimals(toDecimal(a), toDecimal(b));
}

function compareDecimals(a: Decimal, b: Decimal): number {
  const signA = sign(a.digits);
  const signB = sign(b.digits);
  if (signA !== signB) return signA < signB ? -1 : 1;
  if (signA === 0) return 0;
  const magnitude = length(a) - length(b);
  if (magnitude !== 0) return magnitude < 0 ? -signA : signA;
  const low = Math.min(a.exponent, b.exponent);
  const left = a.digits * 10n ** BigInt(a.exponent - low);
  const right = b.digits * 10n ** BigInt(b.exponent - low);
  return left < right ? -1 : left > right ? 1 : 0;
}

function sign(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

function length(value: Decimal): number {
  const text = value.digits.toString();
  return (value.digits < 0n ? text.length - 1 : text.length) + value.exponent;
}

/** Equal numbers have equal keys: a JS number, or a text for what no JS number stands for. */
export function numberKey(value: Num): number | string {
  if (typeof value === 'number') return value;
  const near = Number(value.text);
  if (Number.isFinite(near)) {
    const decimal = value.decimal;
    const other = parseDecimal(String(near));
    if (other.digits === decimal.digits && other.exponent === decimal.exponent) {
      if (!Number.isInteger(near) || Number.isSafeInteger(near)) return near + 0;
    }
  }
  return `${value.decimal.digits}e${value.decimal.exponent}`;
}

/** The integer a number's text stands for when it is written as one (`3`, not `3.0`), as Go's Int64 reads it. */
export function asInteger(value: Num): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return /^-?\d+$/.test(value.text) ? BigInt(value.text) : undefined;
}

/** The integer a number is equal to, however it is written. */
export function integerValue(value: Num): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  const { digits, exponent } = value.decimal;
  if (exponent < 0) return undefined;
  return digits * 10n ** BigInt(exponent);
}

/** The nearest double. */
export function toDouble(value: Num): number {
  return typeof value === 'number' ? value : Number(value.text);
}
