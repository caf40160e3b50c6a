// Semantic versions.
import { fail, stringAt } from './operands.ts';
import type { BuiltinFn } from './context.ts';

export const semver: Readonly<Record<string, BuiltinFn>> = {
  'semver.is_valid': (_, text = null) => typeof text === 'string' && parse(text) !== undefined,
  'semver.compare': (_, a = null, b = null) =>
    compareVersions(required(stringAt(a, 1), 1), required(stringAt(b, 2), 2)),
};

interface Version {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
}

const NUMBER = '(0|[1-9]\\d*)';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
/** A `v` before it is read over, as in OPA 1.22. */
const SEMVER = new RegExp(
  `^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`,
);

function parse(text: string): Version | undefined {
  const match = SEMVER.exec(text);
  if (match === null) return undefined;
  const pre = match[4]?.split('.') ?? [];
  if (pre.some((part) => /^0\d+$/.test(part))) return undefined;
  return { numbers: match.slice(1, 4).map(BigInt), pre };
}

function required(text: string, position: number): Version {
  return parse(text) ?? fail(`operand ${position}: string ${JSON.stringify(text)} is not a valid SemVer`);
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1;
    const order = compareParts(part, other);
    if (order !== 0) return order;
  }
  return Math.sign(a.pre.length - b.pre.length);
}

function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  const numeric = /^\d+$/.test(a);
  if (numeric !== /^\d+$/.test(b)) return numeric ? -1 : 1;
  if (numeric) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}
