// Strings. Positions and lengths are in code points.
import { BuiltinError, type BuiltinFn } from './context.ts';
import { integerValue, numberKey, type Num } from '../number.ts';
import { isArray, RegoSet, typeName, type RegoObject } from '../value.ts';
import { toBigFloat, truncate } from './big-float.ts';
import {
  arrayAt,
  fail,
  intAt,
  notOneOf,
  numberAt,
  objectAt,
  stringAt,
  stringsAt,
  wrongType,
} from './operands.ts';
import { sprintf } from './sprintf.ts';
import { renderTemplate } from './template.ts';
import { printText } from './text.ts';
import { OperandError } from './context.ts';
import type { Value } from '../types.ts';

export const strings: Readonly<Record<string, BuiltinFn>> = {
  concat: (_, separator = null, list = null) => concat(stringAt(separator, 1), list),
  contains: (_, text = null, part = null) => stringAt(text, 1).includes(stringAt(part, 2)),
  startswith: (_, text = null, part = null) => stringAt(text, 1).startsWith(stringAt(part, 2)),
  endswith: (_, text = null, part = null) => stringAt(text, 1).endsWith(stringAt(part, 2)),
  lower: (_, text = null) => stringAt(text, 1).toLowerCase(),
  upper: (_, text = null) => upper(stringAt(text, 1)),
  format_int: (_, value = null, base = null) => formatInt(numberAt(value, 1), numberAt(base, 2)),
  indexof: (_, text = null, part = null) => indexesOf(stringAt(text, 1), stringAt(part, 2), 1)[0] ?? -1,
  indexof_n: (_, text = null, part = null) => indexesOf(stringAt(text, 1), stringAt(part, 2), Infinity),
  replace: (_, text = null, from = null, to = null) =>
    replaceAll(stringAt(text, 1), stringAt(from, 2), stringAt(to, 3)),
  split: (_, text = null, separator = null) => split(stringAt(text, 1), stringAt(separator, 2)),
  sprintf: (_, format = null, values = null) => sprintf(stringAt(format, 1), arrayAt(values, 2)),
  'strings.any_prefix_match': (_, texts = null, parts = null) =>
    anyMatch(texts, parts, (text, part) => text.startsWith(part)),
  'strings.any_suffix_match': (_, texts = null, parts = null) =>
    anyMatch(texts, parts, (text, part) => text.endsWith(part)),
  'strings.count': (_, text = null, part = null) => count(stringAt(text, 1), stringAt(part, 2)),
  'strings.render_template': (_, template = null, values = null) =>
    renderTemplate(stringAt(template, 1), objectAt(values, 2)),
  'strings.replace_n': (_, patterns = null, text = null) => replaceMany(objectAt(patterns, 1), text),
  'strings.reverse': (_, text = null) => [...stringAt(text, 1)].reverse().join(''),
  'strings.split_n': (_, text = null, separator = null, n = null) =>
    splitN(stringAt(text, 1), stringAt(separator, 2), intAt(n, 3)),
  substring: (_, text = null, start = null, length = null) =>
    substring(stringAt(text, 1), intAt(start, 2), intAt(length, 3)),
  trim: (_, text = null, cut = null) =>
    trimRight(trimLeft(stringAt(text, 1), stringAt(cut, 2)), stringAt(cut, 2)),
  trim_left: (_, text = null, cut = null) => trimLeft(stringAt(text, 1), stringAt(cut, 2)),
  trim_right: (_, text = null, cut = null) => trimRight(stringAt(text, 1), stringAt(cut, 2)),
  trim_prefix: (_, text = null, part = null) => trimPrefix(stringAt(text, 1), stringAt(part, 2)),
  trim_suffix: (_, text = null, part = null) => trimSuffix(stringAt(text, 1), stringAt(part, 2)),
  trim_space: (_, text = null) =>
    stringAt(text, 1).replace(/^[\s\u0085]+|[\s\u0085]+$/g, (space) => space.replaceAll(/[^\ufeff]/g, '')),
  'internal.template_string': (_, parts = null) => fillTemplate(arrayAt(parts, 1)),
};

/** Go maps code point by code point: no ß to SS. */
function upper(text: string): string {
  let result = '';
  for (const char of text) {
    const mapped = char.toUpperCase();
    result += [...mapped].length === 1 ? mapped : char;
  }
  return result;
}

function concat(separator: string, list: Value): string {
  if (!isArray(list) && !(list instanceof RegoSet)) throw wrongType(2, list, 'set', 'array');
  return stringsAt(list, 2).join(separator);
}

function formatInt(value: Num, base: Num): string {
  const key = numberKey(base);
  if (key !== 2 && key !== 8 && key !== 10 && key !== 16) throw notOneOf(2, '2', '8', '10', '16');
  const whole = integerValue(value) ?? truncate(toBigFloat(value)).whole;
  return whole.toString(key);
}

function indexesOf(text: string, part: string, most: number): number[] {
  if (part === '') fail('empty search character');
  const found: number[] = [];
  let points = 0;
  let last = 0;
  for (let at = text.indexOf(part); at >= 0 && found.length < most; at = text.indexOf(part, at + 1)) {
    points += [...text.slice(last, at)].length;
    last = at;
    found.push(points);
  }
  return found;
}

/** As Go's ReplaceAll: an empty pattern matches before every code point and at the end. */
function replaceAll(text: string, from: string, to: string): string {
  if (from !== '') return text.replaceAll(from, () => to);
  return to + [...text].map((char) => char + to).join('');
}

function split(text: string, separator: string): string[] {
  return separator === '' ? [...text] : text.split(separator);
}

/** The first n parts, or with a negative n the last. */
function splitN(text: string, separator: string, n: number): string[] {
  const parts = split(text, separator);
  return n >= 0 ? parts.slice(0, n) : parts.slice(Math.max(parts.length + n, 0));
}

function anyMatch(texts: Value, parts: Value, matches: (text: string, part: string) => boolean): boolean {
  const left = stringOrStrings(texts, 1);
  const right = stringOrStrings(parts, 2);
  return left.some((text) => right.some((part) => matches(text, part)));
}

function stringOrStrings(value: Value, position: number): string[] {
  if (typeof value === 'string') return [value];
  if (isArray(value) || value instanceof RegoSet) return stringsAt(value, position);
  throw new OperandError(
    `operand ${position} must be one of {string, set, array} but got ${typeName(value)}`,
  );
}

function count(text: string, part: string): number {
  if (part === '') return [...text].length + 1;
  return text.split(part).length - 1;
}

/** All patterns at once, at each place the first in key order that fits. */
function replaceMany(patterns: RegoObject, text: Value): string {
  const pairs: [string, string][] = [];
  for (const [from, to] of patterns.entries()) {
    if (typeof from !== 'string') throw new OperandError('operand 1 non-string key found in pattern object');
    if (typeof to !== 'string') throw new OperandError('operand 1 non-string value found in pattern object');
    pairs.push([from, to]);
  }
  const source = stringAt(text, 2);
  let result = '';
  let at = 0;
  let wasEmpty = false;
  while (at <= source.length) {
    const found = pairs.find(([from]) => source.startsWith(from, at) && !(from === '' && wasEmpty));
    wasEmpty = found?.[0] === '';
    if (found !== undefined) {
      result += found[1];
      at += found[0].length;
      continue;
    }
    if (at >= source.length) break;
    const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
    result += char;
    at += char.length;
  }
  return result;
}

function substring(text: string, start: number, length: number): string {
  if (start < 0) throw new BuiltinError('negative offset');
  const chars = [...text];
  if (start >= chars.length) return '';
  return chars.slice(start, length < 0 ? undefined : start + length).join('');
}

function trimLeft(text: string, cut: string): string {
  const chars = [...text];
  const set = new Set(cut);
  const from = chars.findIndex((char) => !set.has(char));
  return from < 0 ? '' : chars.slice(from).join('');
}

function trimRight(text: string, cut: string): string {
  const chars = [...text];
  const set = new Set(cut);
  return chars.slice(0, chars.findLastIndex((char) => !set.has(char)) + 1).join('');
}

function trimPrefix(text: string, part: string): string {
  return text.startsWith(part) ? text.slice(part.length) : text;
}

function trimSuffix(text: string, part: string): string {
  return part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text;
}

/** Each part is a value, or a set that holds the value, is empty, or (an error) holds several. */
function fillTemplate(parts: readonly Value[]): string {
  return parts
    .map((part) => {
      if (!(part instanceof RegoSet)) return printText(part);
      if (part.size > 1) fail('template-strings must not produce multiple outputs');
      return part.size === 0 ? '<undefined>' : part.sorted().map(printText).join('');
    })
    .join('');
}
