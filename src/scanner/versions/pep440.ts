/**
 * Python versions: PEP 440, and for texts that it does not cover the order setuptools gave them before, all of them
 * below every version of PEP 440.
 */
import { isDigits, order, orderLists, orderPadded, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

interface Standard {
  readonly epoch: Whole;
  readonly release: readonly Whole[];
  /** `['a', 1]`; undefined for none. */
  readonly pre?: readonly [string, Whole];
  readonly post?: Whole;
  readonly dev?: Whole;
  readonly local: readonly string[];
}

/** A text that PEP 440 does not know: its parts as setuptools padded them for comparing. */
interface Legacy {
  readonly legacy: readonly string[];
}

export type PythonVersion = Standard | Legacy;

const shape =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const preNames: Record<string, string> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' };

/** PEP 440 takes a missing number for 0: `1.0a` is `1.0a0`. */
const numberOf = (digits: string | undefined): Whole =>
  wholeOf(digits === undefined || digits === '' ? '0' : digits);

function parse(text: string): PythonVersion | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === '') return undefined;
  const match = shape.exec(lower);
  if (!match) return { legacy: legacyParts(lower) };
  const [
    ,
    epoch,
    release = '0',
    preName,
    preNumber,
    bareNumber,
    postName,
    postNumber,
    dev,
    devNumber,
    local,
  ] = match;
  return {
    epoch: numberOf(epoch),
    release: release.split('.').map(wholeOf),
    pre: preName === undefined ? undefined : [preNames[preName] ?? preName, numberOf(preNumber)],
    post:
      bareNumber !== undefined
        ? wholeOf(bareNumber)
        : postName === undefined
          ? undefined
          : numberOf(postNumber),
    dev: dev === undefined ? undefined : numberOf(devNumber),
    local: local === undefined ? [] : local.split(/[-_.]/),
  };
}

/** Before any pre-release comes a bare development release; after them all the release itself. */
function comparePre(a: Standard, b: Standard): number {
  const rank = (v: Standard): number => {
    if (v.pre) return 1;
    return v.dev !== undefined && v.post === undefined ? 0 : 2;
  };
  const byRank = rank(a) - rank(b);
  if (byRank !== 0 || !a.pre || !b.pre) return byRank;
  return order(a.pre[0], b.pre[0]) || order(a.pre[1], b.pre[1]);
}

/** Numbers above words, and by value; words by ASCII. */
function compareLocal(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isDigits(a), isDigits(b)];
  if (aIsNumber && bIsNumber) return order(wholeOf(a), wholeOf(b));
  if (aIsNumber !== bIsNumber) return aIsNumber ? 1 : -1;
  return order(a, b);
}

function compareStandard(a: Standard, b: Standard): number {
  return (
    order(a.epoch, b.epoch) ||
    orderPadded<Whole>(a.release, b.release, 0, order) ||
    comparePre(a, b) ||
    order(a.post ?? -1, b.post ?? -1) ||
    order(a.dev ?? Infinity, b.dev ?? Infinity) ||
    orderLists(a.local, b.local, compareLocal)
  );
}

const legacyNames: Record<string, string> = { pre: 'c', preview: 'c', rc: 'c', '-': 'final-', dev: '@' };

/**
 * Numbers are padded to eight digits and words marked with `*`, so that plain comparing puts words first; a word
 * before `final` takes away the zeros and hyphens in front of it, so that `1.0-a` comes before `1.0`.
 */
function legacyParts(text: string): string[] {
  const parts: string[] = [];
  const pieces = text.match(/\d+|[a-z]+|\.|-|[^\da-z.-]+/g) ?? [];
  for (const piece of [...pieces, 'final']) {
    if (piece === '.') continue;
    const part = isDigits(piece) ? piece.padStart(8, '0') : `*${legacyNames[piece] ?? piece}`;
    if (part.startsWith('*')) {
      if (part < '*final') while (parts.at(-1) === '*final-') parts.pop();
      while (parts.at(-1) === '00000000') parts.pop();
    }
    parts.push(part);
  }
  return parts;
}

function compare(a: PythonVersion, b: PythonVersion): number {
  if ('legacy' in a) return 'legacy' in b ? orderLists(a.legacy, b.legacy, order) : -1;
  return 'legacy' in b ? 1 : compareStandard(a, b);
}

export const pep440: VersionScheme<PythonVersion> = { name: 'pep440', parse, compare };
