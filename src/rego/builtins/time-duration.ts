// Durations: Go's units, and days, weeks and years.
import { fail } from './operands.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};

/** Nanoseconds. */
export function parseDuration(text: string): bigint {
  const quoted = `"${text}"`;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0n;
  if (body === '') return fail(`time: invalid duration ${quoted}`);
  let total = 0n;
  let at = 0;
  const segment = /(\d*)(?:\.(\d*))?([^\d.]*)/y;
  while (at < body.length) {
    segment.lastIndex = at;
    const [all = '', whole = '', part = '', unit = ''] = segment.exec(body) ?? [];
    if (all === '' || (whole === '' && part === '')) return fail(`time: invalid duration ${quoted}`);
    if (unit === '') return fail(`time: missing unit in duration ${quoted}`);
    const size = UNITS[unit];
    if (size === undefined) return fail(`time: unknown unit "${unit}" in duration ${quoted}`);
    total += BigInt(whole || '0') * size;
    if (part !== '') total += (BigInt(part) * size) / 10n ** BigInt(part.length);
    at += all.length;
  }
  const signed = text.startsWith('-') ? -total : total;
  if (signed > 2n ** 63n - 1n || signed < -(2n ** 63n)) return fail(`time: invalid duration ${quoted}`);
  return signed;
}
