// Go's formatting verbs for integers, floats and strings.
import { quoteGo } from './quote.ts';

export interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

function pad(text: string, flags: Flags, zeros = false): string {
  const missing = (flags.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  if (!zeros || !flags.zero) return ' '.repeat(missing) + text;
  const sign = /^[+\- ]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function signOf(negative: boolean, flags: Flags): string {
  return negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
}

const RADIX: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIX: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

/** An integer under a verb; undefined when the verb does not take one. */
export function formatInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  if (verb === 'c') return pad(String.fromCodePoint(codePoint(value)), flags);
  if (verb === 'q') return pad(`'${String.fromCodePoint(codePoint(value))}'`, flags);
  if (verb === 'U') return pad(`U+${codePoint(value).toString(16).toUpperCase().padStart(4, '0')}`, flags);
  const radix = RADIX[verb];
  if (radix === undefined) return undefined;
  const negative = value < 0n;
  let digits = (negative ? -value : value).toString(radix);
  if (verb === 'X') digits = digits.toUpperCase();
  if (flags.precision !== undefined) digits = digits.padStart(flags.precision, '0');
  const prefix = verb === 'O' ? '0o' : flags.sharp ? (PREFIX[verb] ?? '') : '';
  return pad(signOf(negative, flags) + prefix + digits, flags, flags.precision === undefined);
}

function codePoint(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? 0xfffd : Number(value);
}

/** A float under a verb; undefined when the verb does not take one. */
export function formatFloat(value: number, verb: string, flags: Flags): string | undefined {
  const digits = floatDigits(Math.abs(value), verb, flags.precision);
  if (digits === undefined) return undefined;
  const negative = value < 0 || Object.is(value, -0);
  return pad(signOf(negative, flags) + digits, flags, true);
}

function floatDigits(value: number, verb: string, precision: number | undefined): string | undefined {
  switch (verb) {
    case 'f':
    case 'F':
      return fixed(value, precision ?? 6);
    case 'e':
    case 'E': {
      const text = exponential(value, precision ?? 6);
      return verb === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G':
    case 'v': {
      const text = precision === undefined ? shortest(value) : significant(value, precision);
      return verb === 'G' ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** Exact decimals of a double: JS rounds correctly up to 100 places. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.min(precision, 100)).padEnd(0);
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

function exponential(value: number, precision: number): string {
  return goExponent(value.toExponential(Math.min(precision, 100)));
}

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** %v and %g: the fewest digits, with an exponent below 1e-4 and from 1e6. */
function shortest(value: number): string {
  if (value === 0) return '0';
  const [digits = '0', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) return goExponent(`${digits}e${power}`);
  return expand(digits.replace('.', ''), exponent);
}

function significant(value: number, precision: number): string {
  const places = Math.max(precision, 1);
  const [digits = '0', power = '0'] = value.toExponential(Math.min(places - 1, 100)).split('e');
  const exponent = Number(power);
  const trimmed = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  if (exponent < -4 || exponent >= places) return goExponent(`${trimmed}e${power}`);
  return expand(trimmed.replace('.', ''), exponent);
}

function expand(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** A string under a verb; undefined when the verb does not take one. */
export function formatText(value: string, verb: string, flags: Flags): string | undefined {
  const cut = flags.precision === undefined ? value : [...value].slice(0, flags.precision).join('');
  if (verb === 's') return pad(cut, flags, true);
  if (verb === 'v') return pad(flags.sharp ? quoteGo(cut) : cut, flags, true);
  if (verb === 'q') return pad(flags.sharp && !cut.includes('`') ? `\`${cut}\`` : quoteGo(cut), flags, true);
  if (verb !== 'x' && verb !== 'X') return undefined;
  const hex = [...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, '0'));
  const joined = hex.slice(0, flags.precision).join(flags.space ? ' ' : '');
  const text = (flags.sharp && joined !== '' ? '0x' : '') + joined;
  return pad(verb === 'X' ? text.toUpperCase() : text, flags, true);
}
