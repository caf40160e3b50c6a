// Go's big.Float at its default precision: 64 bits, rounding to the nearest even. OPA does arithmetic on what is
// not an integer with it, so its digits are OPA's digits.
import { BigNum, parseNumber, toDecimal, type Num } from '../number.ts';

const PRECISION = 64;

/** mantissa × 2^exponent; the mantissa has at most 64 bits, none of them trailing zeros, or is zero. */
export interface BigFloat {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const ZERO: BigFloat = { mantissa: 0n, exponent: 0 };

function bits(value: bigint): number {
  return value === 0n
    ? 0
    : value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0] ?? '0', 16)) + 28;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Rounds mantissa × 2^exponent (plus something smaller than its last bit when sticky). */
function round(mantissa: bigint, exponent: number, sticky = false): BigFloat {
  if (mantissa === 0n) return ZERO;
  const negative = mantissa < 0n;
  let digits = magnitude(mantissa);
  let power = exponent;
  const extra = bits(digits) - PRECISION;
  if (extra > 0) {
    const shift = BigInt(extra);
    const rest = digits & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    digits >>= shift;
    power += extra;
    if (rest > half || (rest === half && (sticky || (digits & 1n) === 1n))) digits += 1n;
  }
  while (digits % 4294967296n === 0n) {
    digits /= 4294967296n;
    power += 32;
  }
  while ((digits & 1n) === 0n) {
    digits >>= 1n;
    power += 1;
  }
  return { mantissa: negative ? -digits : digits, exponent: power };
}

export function toBigFloat(value: Num): BigFloat {
  const { digits, exponent } = toDecimal(value);
  if (exponent >= 0) return round(digits * 10n ** BigInt(exponent), 0);
  return quotient(digits, 10n ** BigInt(-exponent), 0);
}

function quotient(a: bigint, b: bigint, exponent: number): BigFloat {
  if (a === 0n) return ZERO;
  const shift = Math.max(0, PRECISION + 2 - (bits(magnitude(a)) - bits(magnitude(b))));
  const scaled = magnitude(a) << BigInt(shift);
  const divisor = magnitude(b);
  const negative = a < 0n !== b < 0n;
  const whole = scaled / divisor;
  const sticky = scaled % divisor !== 0n;
  // One more bit stands for the remainder, so that a tie is not taken for one.
  const mantissa = sticky ? (whole << 1n) | 1n : whole << 1n;
  return round(negative ? -mantissa : mantissa, exponent - shift - 1);
}

export function add(a: BigFloat, b: BigFloat): BigFloat {
  const low = Math.min(a.exponent, b.exponent);
  return round((a.mantissa << BigInt(a.exponent - low)) + (b.mantissa << BigInt(b.exponent - low)), low);
}

export function negate(a: BigFloat): BigFloat {
  return { mantissa: -a.mantissa, exponent: a.exponent };
}

export function multiply(a: BigFloat, b: BigFloat): BigFloat {
  return round(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

/** b is not zero. */
export function divide(a: BigFloat, b: BigFloat): BigFloat {
  return quotient(a.mantissa, b.mantissa, a.exponent - b.exponent);
}

/** The integer part, towards zero, and whether that is all. */
export function truncate(a: BigFloat): { whole: bigint; exact: boolean } {
  if (a.exponent >= 0) return { whole: a.mantissa << BigInt(a.exponent), exact: true };
  const shift = BigInt(-a.exponent);
  const whole = magnitude(a.mantissa) >> shift;
  return { whole: a.mantissa < 0n ? -whole : whole, exact: whole << shift === magnitude(a.mantissa) };
}

/** The number whose text Go would print: the shortest that reads back as the same 64 bits. */
export function fromBigFloat(value: BigFloat): Num {
  if (value.mantissa === 0n) return 0;
  const { digits, point } = shortest(value);
  const sign = value.mantissa < 0n ? '-' : '';
  const text = sign + (truncate(value).exact ? plain(digits, point) : general(digits, point));
  const number = parseNumber(text);
  return number instanceof BigNum ? new BigNum(text) : number;
}

/** Digits without trailing zeros; the decimal point stands before digits[point]. */
function shortest(value: BigFloat): { digits: string; point: number } {
  const mantissa = magnitude(value.mantissa);
  const pad = PRECISION - bits(mantissa);
  const full = mantissa << BigInt(pad);
  const exponent = value.exponent - pad - 2;
  // Four times the mantissa, and the halfway points to its neighbours.
  const isPower = full === 1n << BigInt(PRECISION - 1);
  const middle = full * 4n;
  const low = middle - (isPower ? 1n : 2n);
  const high = middle + 2n;
  const inclusive = (full & 1n) === 0n;
  return shortestBetween(low, middle, high, exponent, inclusive);
}

function shortestBetween(
  low: bigint,
  middle: bigint,
  high: bigint,
  exponent: number,
  inclusive: boolean,
): { digits: string; point: number } {
  // Scaled to integers over one denominator: value = x / scale.
  const scale = exponent < 0 ? 1n << BigInt(-exponent) : 1n;
  const factor = exponent < 0 ? 1n : 1n << BigInt(exponent);
  const [lower, exact, upper] = [low * factor, middle * factor, high * factor];
  let point = (exact / scale).toString().length;
  if (exact < scale) point = 1 - leadingZeros(exact, scale);
  for (let count = 1; ; count += 1) {
    const power = count - point;
    const up = power >= 0 ? 10n ** BigInt(power) : 1n;
    const down = power < 0 ? 10n ** BigInt(-power) : 1n;
    const denominator = scale * down;
    const below = (exact * up) / denominator;
    const candidates = [below, below + 1n].filter((digits) =>
      inside(digits * denominator, lower * up, upper * up, inclusive),
    );
    const [best] = candidates.sort((a, b) =>
      compareBig(distance(a * denominator, exact * up), distance(b * denominator, exact * up)),
    );
    if (best === undefined) continue;
    const text = best.toString();
    return { digits: text.replace(/0+$/, ''), point: point + text.length - count };
  }
}

function leadingZeros(exact: bigint, scale: bigint): number {
  let zeros = 0;
  let scaled = exact * 10n;
  while (scaled < scale) {
    scaled *= 10n;
    zeros += 1;
  }
  return zeros + 1;
}

function inside(value: bigint, low: bigint, high: bigint, inclusive: boolean): boolean {
  return inclusive ? value >= low && value <= high : value > low && value < high;
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

function compareBig(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plain(digits: string, point: number): string {
  return digits.padEnd(point, '0');
}

/** Go's %g with the fewest digits. */
function general(digits: string, point: number): string {
  const exponent = point - 1;
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = Math.abs(exponent).toString().padStart(2, '0');
    return `${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return digits.length > point
    ? `${digits.slice(0, point)}.${digits.slice(point)}`
    : digits.padEnd(point, '0');
}
