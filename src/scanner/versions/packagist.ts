/** PHP's Packagist: the order of PHP's `version_compare` (php.net/version_compare). */
import { isDigits, order, wholeOf } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

/** Words by what they begin with, in this order; `#` is any number, and any other word comes before all. */
const words = [['dev'], ['alpha', 'a'], ['beta', 'b'], ['rc'], ['#'], ['pl', 'p']];

/** Numbers and words, wherever one follows the other. */
function parse(text: string): string[] | undefined {
  const trimmed = text.trim().replace(/^v(?=\d)/i, '');
  if (trimmed === '') return undefined;
  return trimmed
    .toLowerCase()
    .replaceAll(/[-_+]/g, '.')
    .replaceAll(/(\d)([^\d.])/g, '$1.$2')
    .replaceAll(/([^\d.])(\d)/g, '$1.$2')
    .split('.')
    .filter((part) => part !== '');
}

const rankOf = (word: string): number =>
  words.findIndex((names) => names.some((name) => word.startsWith(name)));
const rankOfNumber = words.findIndex(([name]) => name === '#');

/** A word against a number stands where `#` stands. */
function comparePart(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isDigits(a), isDigits(b)];
  if (aIsNumber && bIsNumber) return order(wholeOf(a), wholeOf(b));
  return (aIsNumber ? rankOfNumber : rankOf(a)) - (bIsNumber ? rankOfNumber : rankOf(b));
}

/** What one has more than the other: a number makes it later, a word as it compares with `#`, which says nothing. */
function compareRest(rest: readonly string[]): number {
  const decisive = rest.find((part) => isDigits(part) || rankOf(part) !== rankOfNumber);
  if (decisive === undefined) return 0;
  return isDigits(decisive) ? 1 : rankOf(decisive) - rankOfNumber;
}

function compare(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const result = comparePart(a[i] ?? '', b[i] ?? '');
    if (result !== 0) return result;
  }
  return compareRest(a.slice(shared)) - compareRest(b.slice(shared));
}

export const packagist: VersionScheme<string[]> = { name: 'packagist', parse, compare };
