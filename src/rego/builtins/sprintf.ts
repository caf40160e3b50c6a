// Go's fmt.Sprintf over Rego values, as OPA hands them to it: integers as ints, other numbers as floats, strings
// as strings, and everything else as its Rego text.
import { asInteger, isNum, numberText, toDouble, type Num } from '../number.ts';
import { formatFloat, formatInteger, formatText, type Flags } from './format.ts';
import { regoText } from './text.ts';
import type { Value } from '../types.ts';

type Arg =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

const VERB = /%([-+# 0]*)(\*|\d+)?(?:(\.)(\*|\d+)?)?(?:\[(\d+)\])?([\s\S])?/gu;

export function sprintf(format: string, values: readonly Value[]): string {
  if (format === '%s' && values.length === 1 && values[0] !== undefined) return textOf(toArg(values[0]));
  const args = values.map(toArg);
  let next = 0;
  let reordered = false;
  const text = format.replaceAll(
    VERB,
    (
      _all,
      flagText: string,
      width: string | undefined,
      dot: string | undefined,
      digits: string | undefined,
      index: string | undefined,
      verb: string | undefined,
    ) => {
      if (verb === undefined) return '%!(NOVERB)';
      if (verb === '%') return '%';
      const flags = readFlags(flagText);
      const starWidth = width === '*' ? args[next++] : undefined;
      if (width === '*' && starWidth?.kind !== 'int') return '%!(BADWIDTH)';
      const size =
        starWidth?.kind === 'int' ? Number(starWidth.value) : width === undefined ? undefined : Number(width);
      const starPrecision = digits === '*' ? args[next++] : undefined;
      const precision =
        starPrecision?.kind === 'int'
          ? Number(starPrecision.value)
          : dot === undefined
            ? undefined
            : Number(digits ?? '0');
      const full: Flags = {
        ...flags,
        ...(size !== undefined && size < 0 && { minus: true }),
        width: size === undefined ? undefined : Math.min(Math.abs(size), 1_000_000),
        precision: precision === undefined ? undefined : Math.min(precision, 1_000_000),
      };
      if (index !== undefined) {
        reordered = true;
        next = Number(index) - 1;
        if (next < 0 || next >= args.length) return `%!${verb}(BADINDEX)`;
      }
      const arg = args[next];
      next += 1;
      if (arg === undefined) return `%!${verb}(MISSING)`;
      return formatArg(arg, verb, full);
    },
  );
  if (reordered || next >= args.length) return text;
  const extra = args.slice(next).map((arg) => `${typeText(arg)}=${plain(arg)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function readFlags(text: string): Pick<Flags, 'minus' | 'plus' | 'sharp' | 'space' | 'zero'> {
  return {
    minus: text.includes('-'),
    plus: text.includes('+'),
    sharp: text.includes('#'),
    space: text.includes(' '),
    zero: text.includes('0'),
  };
}

function toArg(value: Value): Arg {
  if (isNum(value)) return numberArg(value);
  return { kind: 'string', value: typeof value === 'string' ? value : regoText(value) };
}

function numberArg(value: Num): Arg {
  const integer = asInteger(value);
  if (integer !== undefined) return { kind: 'int', value: integer };
  const double = toDouble(value);
  if (Number.isFinite(double)) return { kind: 'float', value: double };
  return { kind: 'string', value: numberText(value) };
}

function isBig(value: bigint): boolean {
  return BigInt.asIntN(64, value) !== value;
}

function typeText(arg: Arg): string {
  if (arg.kind === 'int' && isBig(arg.value)) return '*big.Int';
  if (arg.kind === 'int') return 'int64';
  return arg.kind === 'float' ? 'float64' : arg.kind;
}

function plain(arg: Arg): string {
  return formatArg(arg, 'v', {
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    width: undefined,
    precision: undefined,
  });
}

function textOf(arg: Arg): string {
  return arg.kind === 'string'
    ? arg.value
    : formatArg(arg, 's', {
        minus: false,
        plus: false,
        sharp: false,
        space: false,
        zero: false,
        width: undefined,
        precision: undefined,
      });
}

function formatArg(arg: Arg, verb: string, flags: Flags): string {
  const text =
    arg.kind === 'int'
      ? formatInteger(arg.value, verb === 's' && isBig(arg.value) ? 'd' : verb, flags)
      : arg.kind === 'float'
        ? formatFloat(arg.value, verb, flags)
        : formatText(arg.value, verb, flags);
  if (text !== undefined) return text;
  return `%!${verb}(${typeText(arg)}=${plain(arg)})`;
}
