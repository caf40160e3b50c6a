import { describe, expect, it } from 'vitest';
import { compile, fromJs, fromJson, RegoErrors, RegoSet, toJson, type EvaluateOptions } from './index.ts';

/** The JSON of data.t.<rule>, or undefined. */
function valueOf(
  source: string,
  rule = 'p',
  options: EvaluateOptions = {},
  regoVersion: 0 | 1 = 0,
): string | undefined {
  const policy = compile([{ name: 'p.rego', source: `package t\n${source}` }], { regoVersion });
  const value = policy.query(`data.t.${rule}`).evaluate(options)[0]?.expressions[0]?.value;
  return value === undefined ? undefined : toJson(value);
}

type Row = readonly [what: string, source: string, json: string | undefined];

const input = fromJs({ n: 5, list: [1, 2, 3], users: { bob: { admin: true }, eve: { admin: false } } });

const rows: readonly Row[] = [
  ['a set of messages', 'p[msg] { msg := sprintf("%d", [input.list[_]]) }', '["1","2","3"]'],
  ['iteration with a join', 'p[[i, j]] { input.list[i] + 1 == input.list[j] }', '[[0,1],[1,2]]'],
  ['an object by key', 'p[k] = v { v := input.users[k].admin }', '{"bob":true,"eve":false}'],
  ['negation', 'p { not input.users.bob.missing }', 'true'],
  ['negation of a false value', 'p { not input.users.eve.admin }', 'true'],
  ['an operand that is undefined under not', 'p { not count(input.zzz) == 1 }', undefined],
  ['a default', 'default p = "no"\np = "yes" { input.zzz }', '"no"'],
  ['else in order', 'p = 1 { input.n > 9 } else = 2 { input.n > 4 } else = 3 { true }', '2'],
  ['a function by cases', 'f(1) = "one"\nf(x) = "many" { x > 1 }\np = [f(1), f(2)]', '["one","many"]'],
  ['patterns in parameters', 'f([a, {"k": b}]) = a + b { true }\np = f([1, {"k": 2}])', '3'],
  [
    'a default function',
    'default f(x) = "none"\nf(x) = "some" { x > 1 }\np = [f(1), f(2)]',
    '["none","some"]',
  ],
  [
    'comprehensions of each kind',
    'p = [[x | x := input.list[_]], {x | x := 1}, {x: y | y := input.list[x]}]',
    '[[1,2,3],[1],{"0":1,"1":2,"2":3}]',
  ],
  [
    'comprehensions that close over',
    'p = [ys | x := input.list[_]; ys := [y | y := input.list[_]; y < x]]',
    '[[],[1],[1,2]]',
  ],
  ['unification both ways', 'p = [x, y] { [x, 2] = [1, y] }', '[1,2]'],
  ['statements in any order', 'p = y { y = x + 1; x = input.n }', '6'],
  ['with on input', 'q = input.n\np = [a, b] { a := q with input.n as 7; b := q }', '[7,5]'],
  ['with on data', 'p = x { x := data.other.y with data.other as {"y": 3} }', '3'],
  ['with in place of rules', 'q = 1\np = x { x := q with data.t.q as 9 }', '9'],
  ['with on a builtin', 'f(_) = "mocked"\np = x { x := upper("a") with upper as f }', '"mocked"'],
  ['with on a function by a value', 'f(x) = x\np = x { x := f(1) with f as 2 }', '2'],
  ['every', 'import future.keywords\np { every k, v in input.list { v > k } }', 'true'],
  ['every over nothing', 'import future.keywords\np { every x in [] { x > 1 } }', 'true'],
  ['some in', 'import future.keywords\np = {k | some k, v in input.users; v.admin}', '["bob"]'],
  ['membership', 'import future.keywords\np = [2 in input.list, 9 in input.list]', '[true,false]'],
  ['contains and if', 'import rego.v1\np contains x if some x in input.list', '[1,2,3]'],
  ['heads with paths', 'a.b.c = 1\na.b.d[x] = 2 { x := "y" }\np = a', '{"b":{"c":1,"d":{"y":2}}}'],
  ['and, or', 'import rego.v2\np = [x | x := input.list[_]; x < 2 or x > 2]', '[1,3]'],
  ['not with a body', 'import future.keywords.not\np { not { input.n > 9; true } }', 'true'],
  ['template strings', 'p = $"n is {input.n}, z is {input.z}"', '"n is 5, z is \\u003cundefined\\u003e"'],
  ['numbers exactly', 'p = [9007199254740993, 1.50, 0.1 + 0.2, 1e3]', '[9007199254740993,1.50,0.3,1e3]'],
  ['sets in order', 'p = {[1], "a", 2, null, {"k": 1}, true}', '[null,true,2,"a",[1],{"k":1}]'],
  ['a builtin error is undefined', 'p = 1 / 0', undefined],
  ['nothing is in an empty array', 'a := []\np = [x | x := a[_]]', '[]'],
  ['nothing is in an empty set', 'a := set()\np = [x | a[x]]', '[]'],
  ['nothing is in an empty object', 'a := {}\np = [k | a[k]]', '[]'],
  ['the whole package', 'q = 1\nf(x) = x\np = 2', '2'],
];

describe('evaluation', () => {
  it.each(rows)('%s', (_what, source, json) => {
    expect(valueOf(source, 'p', { input })).toBe(json);
  });

  it('gives a package without its functions and what is undefined', () => {
    const policy = compile([{ name: 'p', source: 'package t\nq = 1\nf(x) = x\nr { false }' }]);
    expect(toJson(policy.query('data.t').evaluate()[0]?.expressions[0]?.value ?? null)).toBe('{"q":1}');
  });

  it('lays rules over base documents', () => {
    const policy = compile([{ name: 'p', source: 'package t\nq = 1' }]);
    const data = fromJson('{"t": {"b": [10, {"c": null}]}, "x": 1}');
    const ask = (query: string): string =>
      toJson(policy.query(`x = ${query}`).evaluate({ data })[0]?.bindings.get('x') ?? null);
    expect(ask('data')).toBe('{"t":{"b":[10,{"c":null}],"q":1},"x":1}');
    expect(ask('data.t.b[1].c')).toBe('null');
    expect(ask('[k | data.t[k]]')).toBe('["b","q"]');
  });

  it('answers queries with every binding, and expressions with their values', () => {
    const results = compile([]).query('x := [1, 2][_]; y := x > 1; y').evaluate();
    expect(
      results.map((result) =>
        [...result.bindings].map(([name, value]) => `${name}=${toJson(value)}`).join(' '),
      ),
    ).toEqual(['x=1 y=false', 'x=2 y=true'].slice(0, results.length));
    const [only] = compile([])
      .query('1 + 1; input.a')
      .evaluate({ input: fromJs({ a: null }) });
    expect(only?.expressions.map((item) => [item.text, toJson(item.value)])).toEqual([
      ['1 + 1', '2'],
      ['input.a', 'null'],
    ]);
    expect(
      compile([])
        .query('input.b')
        .evaluate({ input: fromJs({}) }),
    ).toEqual([]);
  });

  it('reads a query in a package with imports', () => {
    const policy = compile([{ name: 'p', source: 'package a.b\nq = 1' }]);
    const results = policy
      .query('x = [q, lib.y]', { package: 'data.a.b', imports: ['data.lib'] })
      .evaluate({ data: fromJs({ lib: { y: 2 } }) });
    expect(toJson(results[0]?.bindings.get('x') ?? null)).toBe('[1,2]');
  });

  it.each([
    ['p = 1 { true }\np = 2 { true }', 'rule data.t.p produced conflicting values'],
    [
      'f(_) = x { x := [1, 2][_] }\np = f(1)',
      'function data.t.f produced conflicting values for the same inputs',
    ],
    ['p[k] = v { k := "a"; v := [1, 2][_] }', 'object keys must be unique'],
    ['p = {k: v | k := "a"; v := [1, 2][_]}', 'object keys must be unique'],
  ])('%s is a conflict', (source, message) => {
    expect(() => valueOf(source)).toThrow(message);
    expect(() => valueOf(source)).toThrow(RegoErrors);
  });

  it('ends at a builtin error where that is asked for, with its place', () => {
    try {
      valueOf('p = 1 / 0', 'p', { strictBuiltinErrors: true });
      expect.unreachable();
    } catch (error) {
      expect(error instanceof RegoErrors && error.errors[0]).toMatchObject({
        code: 'eval_builtin_error',
        message: 'div: divide by zero',
        row: 2,
        col: 5,
        text: 'p = 1 / 0',
      });
    }
  });

  it('prints what is asked to be printed, and without a printer nothing runs', () => {
    const lines: string[] = [];
    const source = 'p { print("n", input.n, input.zzz, {1}); true }';
    valueOf(source, 'p', { input, print: (line, at) => lines.push(`${at.row}: ${line}`) });
    expect(lines).toEqual(['2: n 5 <undefined> {1}']);
    expect(valueOf(source, 'p', { input })).toBe('true');
  });
});

describe('limits', () => {
  const endless = 'p { some a, b, c, d; x := numbers.range(1, 500); x[a] + x[b] + x[c] + x[d] == 0 }';

  it.each([
    ['steps', { steps: 100_000 }],
    ['a deadline', { deadline: 0 }],
    ['the caller', { cancelled: () => true }],
  ])('%s stop an evaluation that goes on', (_what, limits) => {
    expect(() => valueOf(endless, 'p', { limits })).toThrow('eval_cancel_error');
  });

  it('do not touch one that ends', () => {
    expect(
      valueOf('p = count([x | x := numbers.range(1, 1000)[_]])', 'p', { limits: { steps: 100_000 } }),
    ).toBe('1000');
  });
});

describe('a policy asked about itself', () => {
  const policy = compile([
    {
      name: 'a.rego',
      source:
        'package a.b\ndefault allow = false\nallow { true }\ndeny[x] { x := 1 }\nobj[k] = 1 { k := "x" }\nf(x) = x',
    },
    { name: 'm.rego', source: 'package main\np = 1' },
  ]);

  it('names its packages', () => {
    expect(policy.packages()).toEqual(['a.b', 'main']);
  });

  it('names its rules with kind and place', () => {
    expect(
      policy
        .rules()
        .map(({ path, kind, default: isDefault, file, row }) => [path, kind, isDefault, `${file}:${row}`]),
    ).toEqual([
      ['data.a.b.allow', 'complete', true, 'a.rego:2'],
      ['data.a.b.allow', 'complete', false, 'a.rego:3'],
      ['data.a.b.deny', 'set', false, 'a.rego:4'],
      ['data.a.b.obj', 'object', false, 'a.rego:5'],
      ['data.a.b.f', 'function', false, 'a.rego:6'],
      ['data.main.p', 'complete', false, 'm.rego:2'],
    ]);
  });

  it('may be asked again and again, with other inputs', () => {
    const query = compile([{ name: 'p', source: 'package t\np[x] { x := input[_] }' }]).query('data.t.p');
    const ask = (list: number[]): number => {
      const value = query.evaluate({ input: fromJs(list) })[0]?.expressions[0]?.value;
      return value instanceof RegoSet ? value.size : -1;
    };
    expect([ask([1, 2]), ask([1]), ask([])]).toEqual([2, 1, 0]);
  });
});
