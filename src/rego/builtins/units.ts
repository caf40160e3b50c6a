// units.parse and units.parse_bytes: amounts with SI and binary suffixes.
import { multiply, toBigFloat, truncate } from './big-float.ts';
import { fromBigInt, parseDecimal, parseNumber, type Num } from '../number.ts';
import { fail, stringAt } from './operands.ts';
import type { BuiltinFn } from './context.ts';

const POWERS = ['k', 'm', 'g', 't', 'p', 'e'];

export const units: Readonly<Record<string, BuiltinFn>> = {
  'units.parse': (_, text = null) => parseUnits(stringAt(text, 1).replaceAll('"', '')),
  'units.parse_bytes': (_, text = null) => parseBytes(stringAt(text, 1)),
};

interface Amount {
  readonly digits: bigint;
  readonly exponent: number;
}

function splitAmount(text: string, what: string): { amount: string; unit: string } {
  if (text.includes(' ')) fail('spaces not allowed in resource strings');
  const match = /^([0-9.+-]*(?:[eE][+-]?[0-9]+)?)(.*)$/s.exec(text);
  const amount = match?.[1] ?? '';
  if (amount === '') fail(`no ${what}amount provided`);
  return { amount, unit: match?.[2] ?? '' };
}

function readAmount(text: string, what: string): Amount {
  const exponent = /[eE]([+-]?\d+)$/.exec(text)?.[1];
  if (exponent !== undefined && exponent.replace(/^[+-]?0*/, '').length > 6) fail('exponent too large');
  if (exponent !== undefined && Math.abs(Number(exponent)) > 999_999) fail('exponent too large');
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text))
    fail(`could not parse ${what}amount to a number`);
  return parseDecimal(text);
}

/** `1K`, `10Mi`, `200m`: case tells milli from mega. */
function parseUnits(text: string): Num {
  const { amount, unit } = splitAmount(text, '');
  const { digits, exponent } = readAmount(amount, '');
  if (unit === 'm') return product(digits, exponent - 3, 1n);
  const lower = unit.toLowerCase();
  return product(digits, exponent, multiplier(unit === 'E' ? 'e' : lower, unit));
}

function multiplier(unit: string, written: string): bigint {
  if (unit === '') return 1n;
  const power = POWERS.indexOf(unit[0] ?? '') + 1;
  if (power === 0 || !(unit.length === 1 || unit.slice(1) === 'i')) fail(`unit ${written} not recognized`);
  return unit.length === 1 ? 1000n ** BigInt(power) : 1024n ** BigInt(power);
}

function product(digits: bigint, exponent: number, by: bigint): Num {
  const scaled = digits * by;
  if (exponent >= 0) {
    if (exponent > 10_000) fail('exponent too large');
    return fromBigInt(scaled * 10n ** BigInt(exponent));
  }
  const divisor = 10n ** BigInt(-exponent);
  if (scaled % divisor === 0n) return fromBigInt(scaled / divisor);
  return fraction(scaled, -exponent);
}

/** Ten places, rounded half away from zero. */
function fraction(scaled: bigint, places: number): Num {
  const negative = scaled < 0n;
  const size = negative ? -scaled : scaled;
  const cut = 10n ** BigInt(Math.max(0, places - 10));
  const shown = places > 10 ? (size + cut / 2n) / cut : size * 10n ** BigInt(10 - places);
  const text = shown.toString().padStart(11, '0');
  return parseNumber(`${negative ? '-' : ''}${text.slice(0, -10)}.${text.slice(-10)}`);
}

/** `10MiB`, `1k`: whole bytes. */
function parseBytes(text: string): Num {
  const cleaned = text.replaceAll('"', '').toLowerCase();
  const { amount, unit } = splitAmount(cleaned, 'byte ');
  const { digits, exponent } = readAmount(amount, 'byte ');
  const plain = unit === 'b' ? '' : unit.replace(/b$/, '');
  const by = multiplier(plain, unit);
  if (exponent >= 0) return product(digits, exponent, by);
  return fromBigInt(
    truncate(multiply(toBigFloat(parseNumber(`${digits}e${exponent}`)), toBigFloat(fromBigInt(by)))).whole,
  );
}
