/** Red Hat, SUSE and their kin: rpm-version(7), `[epoch:]version[-release]`. */
import { order, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

export interface RpmVersion {
  readonly epoch: Whole;
  readonly version: string;
  /** None comes before any, the empty one included. */
  readonly release?: string;
}

function parse(text: string): RpmVersion | undefined {
  const match = /^(?:(\d+):)?(.+)$/s.exec(text.trim());
  const rest = match?.[2];
  if (rest === undefined) return undefined;
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: wholeOf(match?.[1] ?? '0'),
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    ...(hyphen < 0 ? {} : { release: rest.slice(hyphen + 1) }),
  };
}

/** Runs of digits, runs of letters, `~` and `^`; everything else only separates. */
const segmentsOf = (text: string): string[] => text.match(/\d+|[A-Za-z]+|~|\^/g) ?? [];

/**
 * Segment by segment: `~` before the end, the end before `^`, and that before any other segment; numbers by value and
 * above words; words by ASCII. Where all is equal, more segments come later.
 */
export function compareRpmPart(a: string, b: string): number {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  const length = Math.max(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const result = compareSegment(left[i], right[i]);
    if (result !== 0) return result;
  }
  return 0;
}

function compareSegment(a: string | undefined, b: string | undefined): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0 || a === undefined || b === undefined) return byKind;
  return kindOf(a) === number ? order(wholeOf(a), wholeOf(b)) : order(a, b);
}

const number = 4;

function kindOf(segment: string | undefined): number {
  if (segment === undefined) return 1;
  if (segment === '~') return 0;
  if (segment === '^') return 2;
  return /^\d/.test(segment) ? number : 3;
}

function compareRelease(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return compareRpmPart(a, b);
}

export const rpm: VersionScheme<RpmVersion> = {
  name: 'rpm',
  parse,
  compare: (a, b) =>
    order(a.epoch, b.epoch) || compareRpmPart(a.version, b.version) || compareRelease(a.release, b.release),
};
