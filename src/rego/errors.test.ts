import { describe, expect, it } from 'vitest';
import { compile, formatError, RegoErrors, type RegoErrorEntry } from './index.ts';

function errorsOf(source: string, regoVersion: 0 | 1 = 0): readonly RegoErrorEntry[] {
  try {
    compile([{ name: 'p.rego', source: `package t\n${source}` }], { regoVersion });
    return [];
  } catch (error) {
    if (error instanceof RegoErrors) return error.errors;
    throw error;
  }
}

type Row = readonly [source: string, place: string, code: string, message: string];

const rows: readonly Row[] = [
  ['p { x }', '2:5', 'rego_unsafe_var_error', 'var x is unsafe'],
  ['p { not y = 1 }', '2:5', 'rego_unsafe_var_error', 'var y is unsafe'],
  ['p = x { true }', '2:5', 'rego_unsafe_var_error', 'var x is unsafe'],
  ['p { x := [y | y := z]; x }', '2:15', 'rego_unsafe_var_error', 'var z is unsafe'],
  ['p { x := 1; x := 2 }', '2:13', 'rego_compile_error', 'var x assigned above'],
  ['p { x == 1; x := 1 }', '2:13', 'rego_compile_error', 'var x referenced above'],
  ['p { some x; y := 1; y }', '2:5', 'rego_compile_error', 'declared var x unused'],
  ['p { f(1) }', '2:5', 'rego_type_error', 'undefined function f'],
  [
    'p { f(1, 2, 3) }\nf(x) = x { true }',
    '2:5',
    'rego_type_error',
    'function data.t.f has arity 1, got 3 arguments',
  ],
  ['p { count() }', '2:5', 'rego_type_error', 'count: arity mismatch'],
  ['p { count(1) }', '2:5', 'rego_type_error', 'count: invalid argument(s)'],
  ['p { x := 1 + "a"; x }', '2:10', 'rego_type_error', 'plus: invalid argument(s)'],
  ['p { f("a") }\nf(x) = y { y := x + 1 }', '2:5', 'rego_type_error', 'data.t.f: invalid argument(s)'],
  ['p { lower(input.x) == 1 }', '2:5', 'rego_type_error', 'match error'],
  ['p { x := {"a": 1}; x.b == 2 }', '2:20', 'rego_type_error', 'undefined ref: x.b'],
  ['p { q.y }\nq = 1', '2:5', 'rego_type_error', 'undefined ref: data.t.q.y'],
  [
    'p { q }\nq { p }',
    '2:1',
    'rego_recursion_error',
    'rule data.t.p is recursive: data.t.p -> data.t.q -> data.t.p',
  ],
  ['p = 1\np[x] { x := 1 }', '2:1', 'rego_type_error', 'conflicting rules data.t.p found'],
  [
    'p.q.r = 1\np.q = 2',
    '3:1',
    'rego_type_error',
    'rule data.t.p.q conflicts with:\n  rule data.t.p.q.r at p.rego:2',
  ],
  [
    'p { true with x as 1 }',
    '2:15',
    'rego_type_error',
    'with keyword target must reference existing input, data, or a function',
  ],
  ['p { print(x) }', '2:11', 'rego_compile_error', 'var x is undeclared'],
  [
    'p(data) { true }',
    '2:3',
    'rego_compile_error',
    'args must not shadow data (use a different variable name)',
  ],
  ['p { "a"[0] }', '2:5', 'rego_parse_error', 'illegal ref (head cannot be string)'],
  ['p { x := [1,2 }', '2:15', 'rego_parse_error', 'unexpected } token: expected "," or "]"'],
  ['p { x := "a }', '2:10', 'rego_parse_error', 'non-terminated string'],
  ['p { x := "\\q" }', '2:10', 'rego_parse_error', 'illegal escape sequence'],
  [
    'p { x := 01 }',
    '2:10',
    'rego_parse_error',
    'unexpected number token: expected number without leading zero',
  ],
  ['p { }', '2:5', 'rego_parse_error', 'found empty body'],
  ['p { a := 1 b := 2 }', '2:12', 'rego_parse_error', 'unexpected identifier token: expected \\n or ; or }'],
  ['p { x = 1e400000 }', '2:9', 'rego_parse_error', 'number too big'],
  ['default p = x', '2:1', 'rego_parse_error', 'illegal default rule (value cannot contain var)'],
  ['import foo', '2:8', 'rego_parse_error', 'unexpected import path'],
  ['import future.keywords.nope', '2:8', 'rego_parse_error', 'unexpected keyword'],
  ['every := 1\nimport future.keywords', '2:1', '', ''],
];

describe('errors of policies', () => {
  it.each(rows)('%j', (source, place, code, message) => {
    const [first] = errorsOf(source);
    if (code === '') {
      expect(first).toBeUndefined();
      return;
    }
    expect(first && `${first.row}:${first.col} ${first.code}`).toBe(`${place} ${code}`);
    expect(first?.message).toContain(message);
    expect(first?.text).toBe(source.split('\n')[Number(place.split(':')[0]) - 2]);
  });

  it('collects what is wrong in several places, in order, and stops at ten', () => {
    const errors = errorsOf(Array.from({ length: 15 }, (_, index) => `p${index} { x${index} }`).join('\n'));
    expect(errors.map((error) => error.row).slice(0, 10)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(errors.at(-1)?.message).toBe('error limit reached');
  });

  it('is printed as OPA prints it', () => {
    const [error] = errorsOf('p { x }');
    expect(error && formatError(error)).toBe('p.rego:2: rego_unsafe_var_error: var x is unsafe');
    expect(new RegoErrors(error ? [error] : []).message).toBe(
      '1 error occurred: p.rego:2: rego_unsafe_var_error: var x is unsafe',
    );
  });

  it('tells the syntaxes apart', () => {
    expect(errorsOf('p { true }', 1)[0]?.message).toBe('`if` keyword is required before rule body');
    expect(errorsOf('import rego.v1\np[x] { x := 1 }')[0]?.message).toContain('keyword is required');
    expect(errorsOf('import rego.v1\np contains x if x := 1')).toEqual([]);
    expect(errorsOf('p if { true }')[0]?.message).toContain('hint: `import future.keywords.if`');
  });

  it('lets a policy call only what it may', () => {
    const source = 'package t\np { crypto.md5("a") == "b" }';
    expect(() => compile([{ name: 'p', source }], { capabilities: { builtins: ['eq', 'equal'] } })).toThrow(
      'undefined function crypto.md5',
    );
  });
});
