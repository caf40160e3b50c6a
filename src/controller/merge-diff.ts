/** The JSON merge patch (RFC 7396) that makes `before` into `after`; undefined where they are equal. */
import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

export function mergeDiff(before: object, after: object): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const old = before as Fields;
  const now = after as Fields;
  for (const [key, value] of Object.entries(now)) {
    const was = old[key];
    if (isDeepStrictEqual(was, value)) continue;
    patch[key] = isPlain(was) && isPlain(value) ? mergeDiff(was, value) : value;
  }
  for (const key of Object.keys(old)) if (now[key] === undefined) patch[key] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
