import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf } from './json-fault.ts';

test.each<[string, number, RegExp]>([
  ['{"name":nope}', 8, /value/],
  ['{"a":1,}', 7, /key/],
  ['[1 2]', 3, /, or \]/],
  ['{"a" 1}', 5, /:/],
  ['{"a":"b\u0001"}', 7, /control character/],
  ['{"a":"\\x"}', 6, /escape/],
  ['[01]', 2, /, or \]/],
  ['"a', 2, /does not end/],
  ['[]]', 2, /follows/],
  ['', 0, /value/],
])('%j goes wrong at %i', (text, offset, what) => {
  expect(() => JSON.parse(text) as unknown).toThrow();
  expect(faultOf(text)).toEqual({ offset, what: expect.stringMatching(what) as unknown });
});

test('of texts that are JSON nothing but their end is a fault', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(faultOf(text)).toMatchObject({ offset: text.length });
    }),
  );
});

test('of texts that JSON.parse refuses it always finds one before the end or at it', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('"', '{', ']', ',', 'x', '\n', ''),
      (text, place, put) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        const { offset, what } = faultOf(changed);
        expect(offset).toBeLessThanOrEqual(changed.length);
        let parsed = true;
        try {
          JSON.parse(changed);
        } catch {
          parsed = false;
        }
        expect(what === 'something follows the value' && offset === changed.length).toBe(parsed);
      },
    ),
  );
});
