// Regular expressions in RE2's syntax.
import { RE2JS, RE2JSException } from 're2js';
import { globsIntersect } from './regex-globs.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, intAt, stringAt } from './operands.ts';

export const regex: Readonly<Record<string, BuiltinFn>> = {
  'regex.match': (_, pattern = null, text = null) =>
    compiled(stringAt(pattern, 1)).matcher(stringAt(text, 2)).find(),
  re_match: (_, pattern = null, text = null) =>
    compiled(stringAt(pattern, 1)).matcher(stringAt(text, 2)).find(),
  'regex.is_valid': (_, pattern = null) => typeof pattern === 'string' && isValid(pattern),
  'regex.split': (_, pattern = null, text = null) => split(compiled(stringAt(pattern, 1)), stringAt(text, 2)),
  'regex.find_n': (_, pattern = null, text = null, n = null) =>
    matches(compiled(stringAt(pattern, 1)), stringAt(text, 2), intAt(n, 3)).map((match) => match[0] ?? ''),
  'regex.find_all_string_submatch_n': (_, pattern = null, text = null, n = null) =>
    matches(compiled(stringAt(pattern, 1)), stringAt(text, 2), intAt(n, 3)),
  'regex.replace': (_, text = null, pattern = null, to = null) =>
    replace(compiled(stringAt(pattern, 2)), stringAt(text, 1), stringAt(to, 3)),
  'regex.template_match': (_, template = null, text = null, open = null, close = null) =>
    templateMatch(stringAt(template, 1), stringAt(text, 2), stringAt(open, 3), stringAt(close, 4)),
  'regex.globs_match': (_, a = null, b = null) => globsIntersect(stringAt(a, 1), stringAt(b, 2)),
};

/** Patterns compiled before, in this evaluation and others; bounded. */
const known = new Map<string, RE2JS>();
const MAX_KNOWN = 200;

export function compiled(pattern: string): RE2JS {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const made = compilePattern(pattern);
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '');
  known.set(pattern, made);
  return made;
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new BuiltinError(error.message);
  }
}

function isValid(pattern: string): boolean {
  try {
    compiled(pattern);
    return true;
  } catch {
    return false;
  }
}

interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: string[];
}

/** As Go finds all: an empty match right after a match does not count. */
function allMatches(pattern: RE2JS, text: string, most: number): Match[] {
  const found: Match[] = [];
  const matcher = pattern.matcher(text);
  let last = -1;
  const limit = most < 0 ? Number.POSITIVE_INFINITY : most;
  while (found.length < limit && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === last) continue;
    last = end;
    const groups: string[] = [];
    for (let index = 0; index <= matcher.groupCount(); index += 1) groups.push(matcher.group(index) ?? '');
    found.push({ start, end, groups });
  }
  return found;
}

function matches(pattern: RE2JS, text: string, most: number): string[][] {
  return allMatches(pattern, text, most).map((match) => match.groups);
}

function split(pattern: RE2JS, text: string): string[] {
  // As Go: the empty pattern finds nothing to give in an empty text.
  if (text === '') return pattern.pattern() === '' ? [] : [''];
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of allMatches(pattern, text, -1)) {
    if (match.end === 0) continue;
    end = match.start;
    parts.push(text.slice(begin, end));
    begin = match.end;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}

function replace(pattern: RE2JS, text: string, to: string): string {
  let result = '';
  let at = 0;
  for (const match of allMatches(pattern, text, -1)) {
    result += text.slice(at, match.start) + expand(pattern, to, match.groups);
    at = match.end;
  }
  return result + text.slice(at);
}

/** `$1`, `${1}`, `${name}`, `$$`. */
function expand(pattern: RE2JS, to: string, groups: readonly string[]): string {
  const names: Readonly<Record<string, number>> = pattern.namedGroups();
  return to.replaceAll(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (all, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced;
      if (name === undefined) return all === '$$' ? '$' : all;
      const index = /^\d+$/.test(name) ? Number(name) : names[name];
      return index === undefined ? '' : (groups[index] ?? '');
    },
  );
}

/** A text whose parts between delimiters are patterns, matched as a whole. */
function templateMatch(template: string, text: string, open: string, close: string): boolean {
  if ([...open].length !== 1)
    fail(`start delimiter has to be exactly one character long but is ${[...open].length} long`);
  if ([...close].length !== 1)
    fail(`end delimiter has to be exactly one character long but is ${[...close].length} long`);
  let pattern = '^';
  let depth = 0;
  let literal = '';
  let inner = '';
  for (const char of template) {
    if (char === open && (depth === 0 || open !== close)) {
      if (depth > 0) inner += char;
      else pattern += RE2JS.quote(literal);
      if (depth === 0) literal = '';
      depth += 1;
    } else if (char === close && depth > 0) {
      depth -= 1;
      if (depth === 0) pattern += `(${inner})`;
      inner = depth === 0 ? '' : inner + char;
    } else if (char === close && depth === 0) {
      fail(`unbalanced braces in ${JSON.stringify(template)}`);
    } else if (depth > 0) inner += char;
    else literal += char;
  }
  if (depth !== 0) fail(`unbalanced braces in ${JSON.stringify(template)}`);
  return compiled(`${pattern}${RE2JS.quote(literal)}$`)
    .matcher(text)
    .find();
}
