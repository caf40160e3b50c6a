// Globs: `*` within a part, `**` across, `?`, sets, alternatives. Compiled to regular expressions.
import { RE2JS } from 're2js';
import { type BuiltinFn } from './context.ts';
import { compiled } from './regex.ts';
import { arrayAt, fail, notOneOf, stringAt, wrongElement, wrongType } from './operands.ts';
import type { Value } from '../types.ts';

export const glob: Readonly<Record<string, BuiltinFn>> = {
  'glob.match': (_, pattern = null, delimiters = null, text = null) => {
    const source = translate(stringAt(pattern, 1), delimitersOf(delimiters));
    return compiled(source).matcher(stringAt(text, 3)).find();
  },
  'glob.quote_meta': (_, text = null) => stringAt(text, 1).replaceAll(/[*?\\[\]{}]/g, '\\$&'),
};

/** null: none; an empty list: the dot. */
function delimitersOf(value: Value): string {
  if (value === null) return '';
  if (!Array.isArray(value)) throw wrongType(2, value, 'array', 'null');
  const list = arrayAt(value, 2);
  if (list.length === 0) return '.';
  return list
    .map((item) => {
      if (typeof item !== 'string') throw wrongElement(2, value, item, 'string');
      if ([...item].length !== 1) throw notOneOf(2, 'string of one character');
      return item;
    })
    .join('');
}

function classOf(delimiters: string): string {
  return delimiters === '' ? '[\\s\\S]' : `[^${[...delimiters].map(classEscape).join('')}]`;
}

function classEscape(char: string): string {
  return /[\\\]^-]/.test(char) || char === '[' ? `\\${char}` : char;
}

function translate(pattern: string, delimiters: string): string {
  const chars = [...pattern];
  const part = classOf(delimiters);
  let source = '^(?s:';
  let depth = 0;
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '\\') {
      at += 1;
      source += RE2JS.quote(chars[at] ?? '');
    } else if (char === '*') {
      const double = chars[at + 1] === '*';
      while (chars[at + 1] === '*') at += 1;
      source += double ? '[\\s\\S]*' : `${part}*`;
    } else if (char === '?') source += part;
    else if (char === '[') {
      const end = closing(chars, at);
      source += readClass(chars.slice(at + 1, end));
      at = end;
    } else if (char === '{') {
      depth += 1;
      source += '(?:';
    } else if (char === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (char === ',' && depth > 0) source += '|';
    else source += RE2JS.quote(char);
  }
  if (depth > 0) fail('unexpected end of input');
  return `${source})$`;
}

function closing(chars: readonly string[], from: number): number {
  for (let at = from + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === ']') return at;
  }
  return fail('unexpected end of input');
}

/** `[abc]`, `[!abc]`, `[a-z]`. */
function readClass(chars: readonly string[]): string {
  const negated = chars[0] === '!' || chars[0] === '^';
  const body = negated ? chars.slice(1) : chars;
  if (body.length === 0) fail('empty range');
  const range = body.length === 3 && body[1] === '-';
  const text = range
    ? `${classEscape(body[0] ?? '')}-${classEscape(body[2] ?? '')}`
    : body
        .filter((char) => char !== '\\')
        .map(classEscape)
        .join('');
  if (range && (body[0] ?? '') > (body[2] ?? ''))
    fail(`hi character '${body[2]}' should be greater than lo '${body[0]}'`);
  return `[${negated ? '^' : ''}${text}]`;
}
