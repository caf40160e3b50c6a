// regex.globs_match: whether two glob-like patterns (`a.*[x-z]+`) have a non-empty intersection.
import { BuiltinError } from './context.ts';

/** What one place of a pattern matches: code points, or any, and how often. */
interface Token {
  readonly any: boolean;
  readonly points: ReadonlySet<number>;
  readonly repeat: '' | '*' | '+';
}

const MAX_RANGE = 70_000;

export function globsIntersect(a: string, b: string): boolean {
  const left = tokenize(a);
  const right = tokenize(b);
  return intersect(left, 0, right, 0, new Map());
}

function bad(pattern: string, position: number, why: string): never {
  throw new BuiltinError(`input:${pattern}, pos:${position}, ${why}: the input provided is invalid`);
}

function tokenize(pattern: string): Token[] {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    const position = at;
    let any = false;
    let points = new Set<number>();
    if (char === '\\') {
      at += 1;
      points.add(chars[at]?.codePointAt(0) ?? 0x5c);
    } else if (char === '.') any = true;
    else if (char === '[') {
      const end = chars.indexOf(']', at + 1);
      if (end < 0) bad(pattern, position, 'found [ without matching ]');
      points = readSet(pattern, chars.slice(at + 1, end), at + 1);
      at = end;
    } else if (char === ']') bad(pattern, position + 1, "set-close ']' with no preceding '['");
    else if (char === '*' || char === '+')
      bad(pattern, position, `flag '${char}' must be preceded by a non-flag`);
    else points.add(char.codePointAt(0) ?? 0);
    const next = chars[at + 1];
    const repeat = next === '*' || next === '+' ? next : '';
    if (repeat !== '') at += 1;
    tokens.push({ any, points, repeat });
  }
  return tokens;
}

function readSet(pattern: string, chars: readonly string[], start: number): Set<number> {
  const points = new Set<number>();
  for (let at = 0; at < chars.length; at += 1) {
    let char = chars[at] ?? '';
    if (char === '\\') {
      at += 1;
      char = chars[at] ?? '';
    }
    const from = char.codePointAt(0) ?? 0;
    if (chars[at + 1] !== '-' || at + 2 >= chars.length) {
      points.add(from);
      continue;
    }
    const to = chars[at + 2]?.codePointAt(0) ?? from;
    if (to < from || to - from > MAX_RANGE) bad(pattern, start + at, 'range is out of order');
    for (let point = from; point <= to; point += 1) points.add(point);
    at += 2;
  }
  return points;
}

function overlap(a: Token, b: Token): boolean {
  if (a.any || b.any) return true;
  for (const point of a.points) if (b.points.has(point)) return true;
  return false;
}

/** Whether what is left of both patterns from these places matches a common text. */
function intersect(
  a: readonly Token[],
  i: number,
  b: readonly Token[],
  j: number,
  memo: Map<number, boolean>,
): boolean {
  const key = i * (b.length + 1) + j;
  const known = memo.get(key);
  if (known !== undefined) return known;
  memo.set(key, false);
  const result = step(a, i, b, j, memo);
  memo.set(key, result);
  return result;
}

function step(
  a: readonly Token[],
  i: number,
  b: readonly Token[],
  j: number,
  memo: Map<number, boolean>,
): boolean {
  const left = a[i];
  const right = b[j];
  if (left === undefined && right === undefined) return true;
  if (left?.repeat === '*' && intersect(a, i + 1, b, j, memo)) return true;
  if (right?.repeat === '*' && intersect(a, i, b, j + 1, memo)) return true;
  if (left === undefined || right === undefined || !overlap(left, right)) return false;
  // One common character is taken; a repeated token may stay (then it may also end, as `*`).
  const lefts = left.repeat === '' ? [i + 1] : [i + 1, i];
  const rights = right.repeat === '' ? [j + 1] : [j + 1, j];
  return lefts.some((nextI) =>
    rights.some((nextJ) => (nextI !== i || nextJ !== j) && intersect(a, nextI, b, nextJ, memo)),
  );
}
