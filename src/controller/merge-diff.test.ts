import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeDiff } from './merge-diff.ts';

/** RFC 7396, "Processing Merge Patch Documents". */
function apply(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = apply(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As statuses are: no nulls, which a merge patch cannot say. */
const object = fc.object({
  key: fc.constantFrom('a', 'b', 'c'),
  values: [fc.integer(), fc.string(), fc.boolean()],
  maxDepth: 3,
});

test('the patch makes one into the other, and is none where they are equal', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = mergeDiff(before, after);
      expect(patch === undefined ? before : apply(before, patch)).toEqual(after);
      expect(mergeDiff(after, JSON.parse(JSON.stringify(after)))).toBeUndefined();
    }),
  );
});

test('only what changed is in it', () => {
  expect(mergeDiff({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1, d: 3 }, e: [1] })).toEqual({
    a: null,
    b: { d: 3 },
  });
});
