/** RubyGems: Gem::Version (docs.ruby-lang.org, class Gem::Version). */
import { order, orderPadded, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

type Segment = Whole | string;

/** Numbers and words; a hyphen begins a pre-release. Zeros at the end of the numbers and of the rest say nothing. */
function parse(text: string): Segment[] | undefined {
  const trimmed = text.trim();
  if (!/^\d/.test(trimmed)) return undefined;
  const segments = (trimmed.replaceAll('-', '.pre.').match(/\d+|[a-z]+/gi) ?? []).map(segmentOf);
  const words = segments.findIndex((segment) => typeof segment === 'string');
  const numbers = words < 0 ? segments : segments.slice(0, words);
  return [...withoutZeros(numbers), ...withoutZeros(words < 0 ? [] : segments.slice(words))];
}

const segmentOf = (text: string): Segment => (/^\d/.test(text) ? wholeOf(text) : text);

function withoutZeros(segments: readonly Segment[]): Segment[] {
  let end = segments.length;
  while (end > 0 && segments[end - 1] === 0) end--;
  return segments.slice(0, end);
}

/** A word comes before any number: `1.0.rc1` before `1.0`. */
function compareSegment(a: Segment, b: Segment): number {
  if (typeof a === 'string' && typeof b === 'string') return order(a, b);
  if (typeof a === 'string') return -1;
  return typeof b === 'string' ? 1 : order(a, b);
}

export const rubygems: VersionScheme<Segment[]> = {
  name: 'rubygems',
  parse,
  compare: (a, b) => orderPadded<Segment>(a, b, 0, compareSegment),
};
