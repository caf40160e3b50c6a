import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutEnd, cutStart, isCutOf } from './text.ts';

test.each([
  ['from the start', cutEnd],
  ['from the end', cutStart],
])('a text cut %s has its size, and no half character', (_, cut) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 3, max: 300 }),
      (text, bytes) => {
        const short = cut(text, bytes);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(bytes);
        expect(short).not.toContain('\uFFFD');
        if (Buffer.byteLength(text) <= bytes) expect(short).toBe(text);
      },
    ),
  );
});

test('what was cut is known again', () => {
  expect(cutEnd('one two three', 9)).toBe('one tw…');
  expect(cutStart('one two three', 9)).toBe('… three');
  expect(isCutOf('one tw…', 'one two three')).toBe(true);
  expect(isCutOf('one two three', 'one two three')).toBe(true);
  expect(isCutOf('one tx…', 'one two three')).toBe(false);
  expect(isCutOf(undefined, 'one')).toBe(false);
});
