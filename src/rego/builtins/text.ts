// Values as text, the way Rego writes them.
import { numberText } from '../number.ts';
import { BigNum } from '../number.ts';
import { isArray, RegoSet } from '../value.ts';
import { quoteGo } from './quote.ts';
import type { Value } from '../types.ts';

/** A value as Rego source: `[1, {"a"}, {"k": null}]`. */
export function regoText(value: Value): string {
  if (typeof value === 'string') return quoteGo(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || value instanceof BigNum) return numberText(value);
  if (isArray(value)) return `[${value.map(regoText).join(', ')}]`;
  if (value instanceof RegoSet)
    return value.size === 0 ? 'set()' : `{${value.sorted().map(regoText).join(', ')}}`;
  const members: string[] = [];
  for (const [key, member] of value.entries()) members.push(`${regoText(key)}: ${regoText(member)}`);
  return `{${members.join(', ')}}`;
}

/** What print and template strings show: a string as it is, anything else as Rego source. */
export function printText(value: Value): string {
  return typeof value === 'string' ? value : regoText(value);
}
