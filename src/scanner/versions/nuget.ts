/** NuGet (learn.microsoft.com/nuget/concepts/package-versioning): SemVer 2 with a fourth number, case ignored. */
import { order, orderLists, orderPadded, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';
import { compareIdentifier } from './semver.ts';

export interface NugetVersion {
  readonly numbers: readonly Whole[];
  readonly prerelease: readonly string[];
}

function parse(text: string): NugetVersion | undefined {
  const match = /^v?(\d+(?:\.\d+)*)([^+]*)/.exec(text.trim().toLowerCase());
  const digits = match?.[1];
  if (digits === undefined) return undefined;
  const prerelease = (match?.[2] ?? '').replace(/^-/, '');
  return {
    numbers: digits.split('.').map(wholeOf),
    prerelease: prerelease === '' ? [] : prerelease.split('.'),
  };
}

function compare(a: NugetVersion, b: NugetVersion): number {
  const core = orderPadded<Whole>(a.numbers, b.numbers, 0, order);
  if (core !== 0) return core;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  return orderLists(a.prerelease, b.prerelease, compareIdentifier);
}

export const nuget: VersionScheme<NugetVersion> = { name: 'nuget', parse, compare };
