/**
 * Maven: the version order specification of the POM reference (maven.apache.org/pom.html#version-order-specification).
 * By that specification `1.x` comes after `1`, `1` after `1.0.rc`, and `1.0.rc` after `1.x`: no order of ours changes it.
 */
import { isDigits, order, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

interface Token {
  readonly prefix: '.' | '-';
  readonly value: Whole | string;
}

/** In this order; the empty one is the release itself. What is not here comes after all of them. */
const qualifiers = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const aliases: Readonly<Record<string, string>> = { cr: 'rc', ga: '', final: '', release: '' };
/** Short names, where a number follows without anything between. */
const beforeNumber: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' };

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

function parse(text: string): Token[] | undefined {
  const trimmed = text.trim().toLowerCase();
  return trimmed === '' ? undefined : withoutNulls(tokensOf(trimmed));
}

/** A change between digits and letters counts as a hyphen; nothing between two separators is 0. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let prefix: Token['prefix'] = '.';
  let at = 0;
  for (;;) {
    const word = /^(?:\d+|[^\d.-]+)?/.exec(text.slice(at))?.[0] ?? '';
    at += word.length;
    const next = text[at];
    const touches = next !== undefined && next !== '.' && next !== '-';
    tokens.push({ prefix, value: valueOf(word, touches) });
    if (next === undefined) return tokens;
    prefix = next === '.' ? '.' : '-';
    if (!touches) at++;
  }
}

function valueOf(word: string, beforeDigit: boolean): Token['value'] {
  if (word === '') return 0;
  if (isDigits(word)) return wholeOf(word);
  return (beforeDigit ? own(beforeNumber, word) : undefined) ?? own(aliases, word) ?? word;
}

const isNull = ({ value }: Token): boolean => value === 0 || value === '';

/** From the end, and again before every hyphen, tokens that say nothing fall away: `1.0.0-rc.0` is `1-rc`. */
function withoutNulls(tokens: Token[]): Token[] {
  const kept: Token[] = [];
  let trimming = true;
  for (const token of tokens.toReversed()) {
    if (trimming && isNull(token)) continue;
    kept.unshift(token);
    trimming = token.prefix === '-';
  }
  return kept;
}

/** `.word` = `-word` < `-1` < `.1`. */
function kindOf({ prefix, value }: Token): number {
  if (typeof value === 'string') return 0;
  return prefix === '-' ? 1 : 2;
}

function compareToken(a: Token, b: Token): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0) return byKind;
  if (typeof a.value !== 'string' || typeof b.value !== 'string') return order(a.value, b.value);
  const [rankA, rankB] = [rankOf(a.value), rankOf(b.value)];
  return rankA - rankB || (rankA === qualifiers.length ? order(a.value, b.value) : 0);
}

function rankOf(qualifier: string): number {
  const rank = qualifiers.indexOf(qualifier);
  return rank < 0 ? qualifiers.length : rank;
}

/** The shorter one is filled up with what says nothing, of the same kind. */
function filler({ prefix, value }: Token): Token {
  return { prefix, value: typeof value === 'string' ? '' : 0 };
}

function compare(a: readonly Token[], b: readonly Token[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i], b[i]];
    const left = x ?? (y && filler(y));
    const right = y ?? (x && filler(x));
    const result = left && right ? compareToken(left, right) : 0;
    if (result !== 0) return result;
  }
  return 0;
}

export const maven: VersionScheme<Token[]> = { name: 'maven', parse, compare };
