/**
 * Alpine (apk-tools, `apk_version_compare`): numbers, a letter, suffixes such as `_rc1`, a commit `~abc`, and the
 * package's revision `-r1`. What does not fit is compared as far as it does.
 */
import { order, wholeOf } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

/** Suffixes before the release, and after it, in order. */
const before = ['alpha', 'beta', 'pre', 'rc'];
const after = ['cvs', 'svn', 'git', 'hg', 'p'];

type Kind = 'number' | 'letter' | 'suffix' | 'suffixNumber' | 'commit' | 'revision' | 'end' | 'invalid';
/** Where one version has a token of one kind and the other of another, the later kind here is the lower version. */
const kinds: readonly Kind[] = [
  'number',
  'letter',
  'suffix',
  'suffixNumber',
  'commit',
  'revision',
  'end',
  'invalid',
];

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const shapes: readonly [Kind, RegExp][] = [
  ['suffix', /^_([a-z]+)/],
  ['commit', /^~([0-9a-f]+)/],
  ['revision', /^-r(\d*)(?![a-z])/],
  ['letter', /^([a-zA-Z])/],
];

function parse(text: string): Token[] | undefined {
  let rest = text.trim();
  if (rest === '') return undefined;
  const tokens: Token[] = [];
  let last: Kind = 'number';
  while (rest !== '') {
    const found: Found | undefined = numberAt(rest, tokens.length === 0, last) ?? firstShape(rest);
    if (!found) {
      // Behind the revision it says nothing, elsewhere it is compared as it is written.
      tokens.push({ kind: 'invalid', text: rest.startsWith('-') ? '' : rest });
      return tokens;
    }
    tokens.push({ kind: found.kind, text: found.match[1] ?? '' });
    rest = rest.slice(found.match[0].length);
    last = found.kind;
  }
  return tokens;
}

interface Found {
  readonly kind: Kind;
  readonly match: RegExpExecArray;
}

/** The first number and that of a suffix stand alone, the others behind a dot. */
function numberAt(rest: string, isFirst: boolean, last: Kind): Found | undefined {
  const ofSuffix = last === 'suffix';
  const match = (isFirst || ofSuffix ? /^(\d+)/ : /^\.(\d+)/).exec(rest);
  return match ? { kind: ofSuffix ? 'suffixNumber' : 'number', match } : undefined;
}

function firstShape(rest: string): Found | undefined {
  for (const [kind, shape] of shapes) {
    const match = shape.exec(rest);
    if (match) return { kind, match };
  }
  return undefined;
}

const end: Token = { kind: 'end', text: '' };

function compare(a: readonly Token[], b: readonly Token[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i] ?? end, b[i] ?? end];
    const result = x.kind === y.kind ? compareSame(x, y, i) : compareKinds(x, y);
    if (result !== 0) return result;
  }
  return 0;
}

/** A suffix from before the release makes its version the lower one, whatever stands against it. */
function compareKinds(a: Token, b: Token): number {
  if (isBefore(a)) return -1;
  if (isBefore(b)) return 1;
  return kinds.indexOf(b.kind) - kinds.indexOf(a.kind);
}

const isBefore = ({ kind, text }: Token): boolean => kind === 'suffix' && !after.includes(text);

function compareSame({ kind, text: a }: Token, { text: b }: Token, place: number): number {
  switch (kind) {
    case 'number':
      // As decimals, where a number behind the first one begins with 0: 1.05 before 1.1.
      if (place > 0 && (a.startsWith('0') || b.startsWith('0'))) return order(a, b);
      return order(wholeOf(a), wholeOf(b));
    case 'suffix':
      return suffixRank(a) - suffixRank(b);
    case 'suffixNumber':
    case 'revision':
      return order(wholeOf(a || '0'), wholeOf(b || '0'));
    default:
      return order(a, b);
  }
}

/** An unknown suffix comes before all known ones. */
const suffixRank = (suffix: string): number => [...before, ...after].indexOf(suffix);

export const apk: VersionScheme<Token[]> = { name: 'apk', parse, compare };
