import { describe, expect, it } from 'vitest';
import { examples } from './examples.fixture.ts';
import { builtins, compile, fromJson, equal, RegoErrors, toJson, type Value } from '../index.ts';

const nothing = compile([]);

/** The value of an expression; undefined when it has none. */
function evaluate(expression: string, strict = false): Value | undefined {
  const query = nothing.query(`x = ${expression}`, { imports: ['future.keywords.in'] });
  return query.evaluate({ strictBuiltinErrors: strict })[0]?.bindings.get('x');
}

describe.each(Object.entries(examples))('%s', (_family, list) => {
  it.each(list)('%s is %s', (expression, json) => {
    const value = evaluate(expression);
    expect(value === undefined ? undefined : toJson(value)).toBe(json);
  });
});

describe('builtins as a table', () => {
  it('declares every builtin once, with the types of its operands', () => {
    const all = builtins();
    expect(new Set(all.map((item) => item.name)).size).toBe(all.length);
    expect(all.find((item) => item.name === 'startswith')).toEqual({
      name: 'startswith',
      args: ['string', 'string'],
      result: 'boolean',
    });
  });

  it('has nothing that is declared and not built, but what the compiler replaces', () => {
    const missing = builtins().filter((item) => item.unavailable === true);
    expect(missing.map((item) => item.name).sort()).toEqual([
      'assign',
      'internal.print',
      'internal.test_case',
      'print',
    ]);
  });

  it.each(['http.send({"method": "get", "url": "http://127.0.0.1:1"})', 'net.lookup_ip_addr("example.com")'])(
    '%s reaches nothing',
    (expression) => {
      expect(evaluate(expression)).toBeUndefined();
      expect(() => evaluate(expression, true)).toThrow(RegoErrors);
    },
  );

  it('tells the runtime nothing', () => {
    expect(toJson(evaluate('opa.runtime()') ?? null)).toBe('{}');
  });

  it('gives the same random numbers for the same seed', () => {
    const query = nothing.query('x = [rand.intn("a", 1000000), uuid.rfc4122("k")]');
    const [first, second, other] = ['s', 's', 't'].map(
      (seed) => query.evaluate({ seed })[0]?.bindings.get('x') ?? null,
    );
    expect(equal(first ?? null, second ?? null)).toBe(true);
    expect(equal(first ?? null, other ?? null)).toBe(false);
  });

  it('answers time.now_ns from the given clock', () => {
    const results = nothing.query('x = time.now_ns()').evaluate({ now: 1_700_000_000_000_000_123n });
    expect(equal(results[0]?.bindings.get('x') ?? null, fromJson('1700000000000000123'))).toBe(true);
  });
});
