import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BigNum,
  compare,
  equal,
  fromJs,
  fromJson,
  JsonError,
  RegoObject,
  RegoSet,
  toJs,
  toJson,
  type Value,
} from './index.ts';
import { compareNumbers, parseNumber } from './number.ts';
import { keyOf } from './value.ts';

const scalars: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => parseNumber(String(value).replace('e+', 'e'))),
  fc.bigInt().map((value) => parseNumber(value.toString())),
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
);
const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.array(tie('value')),
    fc.array(tie('value')).map((items) => RegoSet.from(items)),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => RegoObject.from(entries)),
  ),
})).value;

describe('order of values', () => {
  it('is null, booleans, numbers, strings, arrays, objects, sets', () => {
    const ordered: Value[] = [
      null,
      false,
      true,
      -1,
      0.5,
      1,
      'A',
      'a',
      'é',
      '\uffff',
      '😀',
      [],
      [1],
      new RegoObject(),
      RegoObject.from([['a', 1]]),
      new RegoSet(),
      RegoSet.from([1]),
    ];
    expect(ordered.toReversed().sort(compare)).toEqual(ordered);
  });

  it('is total, and equal values have equal keys', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
        expect(equal(a, b)).toBe(compare(a, b) === 0);
        expect(keyOf(a) === keyOf(b)).toBe(equal(a, b));
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    ['1', '1.0'],
    ['1e3', '1000'],
    ['0.10', '0.1'],
    ['-0', '0'],
    ['1e400', '10e399'],
    ['12345678901234567890', '12345678901234567890.0'],
  ])('%s equals %s', (a, b) => {
    expect(compareNumbers(parseNumber(a), parseNumber(b))).toBe(0);
    expect(keyOf(parseNumber(a))).toBe(keyOf(parseNumber(b)));
  });

  it.each([
    ['9007199254740992', '9007199254740993'],
    ['0.1', '0.10000000000000000000001'],
    ['-1e400', '1'],
  ])('%s is less than %s', (a, b) => {
    expect(compareNumbers(parseNumber(a), parseNumber(b))).toBeLessThan(0);
  });

  it.each(['1.50', '1e3', '12345678901234567890', '1E5'])('%s keeps its text', (text) => {
    expect(parseNumber(text)).toBeInstanceOf(BigNum);
    expect(toJson(fromJson(text))).toBe(text);
  });
});

describe('JSON', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        const text = JSON.stringify(document);
        expect(toJs(fromJson(text))).toEqual(toJs(fromJs(JSON.parse(text))));
        expect(equal(fromJson(text), fromJson(toJson(fromJson(text))))).toBe(true);
      }),
    );
  });

  it.each([
    ['', 0, 'unexpected end of JSON input'],
    ['[1,]', 3, "invalid character ']' looking for beginning of value"],
    ['{"a" 1}', 5, "invalid character '1' after object key"],
    ['"\u0001"', 1, 'in string literal'],
    ['nul', 0, 'in literal null'],
    ['1 2', 2, 'after top-level value'],
    ['01', 1, 'after top-level value'],
    ['1e999999', 0, 'number too big'],
  ])('%j is refused at %i', (text, offset, message) => {
    expect.assertions(2);
    try {
      fromJson(text);
    } catch (error) {
      expect(error).toMatchObject({ name: 'JsonError', offset });
      expect(error instanceof JsonError && error.message).toContain(message);
    }
  });

  it('is refused past a depth, not crashed on', () => {
    expect(() => fromJson('['.repeat(100_000))).toThrow('exceeded max depth');
    expect(() => fromJson('[[[1]]]', 2)).toThrow(JsonError);
  });

  it('takes the last of duplicate keys and mends lone surrogates', () => {
    expect(toJson(fromJson('{"a":1,"a":"\\ud800"}'))).toBe('{"a":"\ufffd"}');
  });

  it('writes sets and keys that are not strings as OPA does', () => {
    const value = RegoObject.from([
      [RegoSet.from([2, 1]), 'x<&>'],
      [null, [true]],
    ]);
    expect(toJson(value)).toBe('{"null":[true],"[1,2]":"x\\u003c\\u0026\\u003e"}');
  });
});

describe('plain documents', () => {
  it('are converted only where they are looked at', () => {
    let asked = 0;
    const source = Object.defineProperty({ name: 'a' }, 'heavy', {
      enumerable: true,
      get: () => (asked += 1),
    });
    const lazy = RegoObject.lazy(source, fromJs);
    expect(lazy.get('name')).toBe('a');
    expect(asked).toBe(0);
    expect(lazy.has('missing')).toBe(false);
    expect(lazy.size).toBe(2);
    expect(asked).toBeGreaterThan(0);
  });

  it('leave out what is undefined and refuse what has no value', () => {
    expect(toJson(fromJs({ a: undefined, b: 10n ** 30n, c: new Map([[1, 'x']]) }))).toBe(
      `{"b":${10n ** 30n},"c":{"1":"x"}}`,
    );
    expect(
      () => fromJs({ f: Number.NaN }) instanceof RegoObject && toJson(fromJs({ f: Number.NaN })),
    ).toThrow(TypeError);
  });
});
