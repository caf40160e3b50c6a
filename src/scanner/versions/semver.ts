/**
 * Semantic Versioning 2.0.0 (semver.org), read with the leniency that lock files and advisories need: a leading `v`
 * or `=`, missing components, and more than three components. What follows the third component without a hyphen
 * counts as a pre-release, as in the tools whose advisories are written this way.
 */
import { isDigits, order, orderLists, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

export interface SemanticVersion {
  readonly numbers: readonly [Whole, Whole, Whole];
  /** Dot-separated identifiers; empty for a release. */
  readonly prerelease: readonly string[];
  /** What follows `+`, which has no say in the order (§10). */
  readonly build: string;
}

const shape = /^[vV=]?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/;

export function parseSemver(text: string): SemanticVersion | undefined {
  const trimmed = text.trim();
  const match = shape.exec(trimmed);
  if (!match) return undefined;
  const rest = trimmed.slice(match[0].length);
  const plus = rest.indexOf('+');
  const before = plus < 0 ? rest : rest.slice(0, plus);
  const prerelease = before.startsWith('-') ? before.slice(1) : before;
  return {
    numbers: [wholeOf(match[1] ?? '0'), wholeOf(match[2] ?? '0'), wholeOf(match[3] ?? '0')],
    prerelease: prerelease === '' ? [] : prerelease.split('.'),
    build: plus < 0 ? '' : rest.slice(plus + 1),
  };
}

/** §11.4: numbers by value and below words, words by ASCII, more identifiers above fewer. */
export function compareIdentifier(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isDigits(a), isDigits(b)];
  if (aIsNumber && bIsNumber) return order(wholeOf(a), wholeOf(b));
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return order(a, b);
}

export function compareSemver(a: SemanticVersion, b: SemanticVersion): number {
  const core =
    order(a.numbers[0], b.numbers[0]) ||
    order(a.numbers[1], b.numbers[1]) ||
    order(a.numbers[2], b.numbers[2]);
  if (core !== 0) return core;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  return orderLists(a.prerelease, b.prerelease, compareIdentifier);
}

export const semver: VersionScheme<SemanticVersion> = {
  name: 'semver',
  parse: parseSemver,
  compare: compareSemver,
};
