// Whatever is thrown at the engine comes out as a policy or as errors with a place.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, fromJs, RegoErrors } from './index.ts';

const seeds = [
  'package t\nimport future.keywords\ndefault p = false\np { every x in input.a { x > 1 } }\nq[x] { some i; x := input.b[i].c }',
  'package t\nf(x) = y { y := [z | z := x[_]; not z == 1] } else = 2 { x }\np = f(input) with input.a as {"k": [1, 2.5e3]}',
  'package t\nimport rego.v2\np contains $"a {x} b" if { x := {1: `r`}[_] or y; not { x and y } }\ny.z[k] := v if some k, v in {"a": set()}',
];
const pieces = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '|',
  ':=',
  '=',
  '==',
  ',',
  ';',
  '\n',
  'not ',
  'some ',
  'every ',
  ' in ',
  ' with ',
  ' as ',
  'else',
  'if',
  'contains',
  '"',
  '`',
  '$"',
  '_',
  'x',
  'input',
  'data',
  '.',
  '1',
  '-',
  '#',
  'default ',
  'import ',
  'package ',
  '\\',
  '\u0000',
  'é',
  '\ud800',
];

/** Compiles, and runs what compiles; anything but RegoErrors is a defect. */
function survives(source: string): void {
  try {
    const policy = compile([{ name: 'fuzz.rego', source }]);
    policy.query('data').evaluate({ input: fromJs({ a: [1, 2], b: [{ c: 1 }] }), limits: { steps: 20_000 } });
  } catch (error) {
    if (!(error instanceof RegoErrors)) throw error;
    expect(error.errors.length).toBeGreaterThan(0);
    for (const entry of error.errors) expect(entry.code).toMatch(/^(?:rego|eval)_[a-z_]+$/);
  }
}

const mutations = fc.record({
  seed: fc.constantFrom(...seeds),
  edits: fc.array(
    fc.record({
      at: fc.nat(400),
      drop: fc.nat(12),
      put: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

describe('fuzz', () => {
  it('survives random text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => survives(text)),
      { numRuns: 500 },
    );
  });

  it('survives random tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) =>
        survives(`package t\np { ${parts.join('')}`),
      ),
      { numRuns: 1000 },
    );
  });

  it('survives mutated policies', () => {
    fc.assert(
      fc.property(mutations, ({ seed, edits }) => {
        survives(
          edits.reduce(
            (text, { at, drop, put }) => text.slice(0, at) + put.join('') + text.slice(at + drop),
            seed,
          ),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['brackets', '['],
    ['braces', '{'],
    ['parentheses', '('],
    ['calls', 'f('],
    ['comprehensions', '[x | '],
    ['objects', '{"a": '],
    ['templates', '$"{'],
    ['references', 'a[a'],
    ['operators', '1 + '],
    ['else', 'x } else { '],
  ])('refuses 100,000 nested %s with a place', (_what, part) => {
    try {
      compile([{ name: 'deep.rego', source: `package t\np { ${part.repeat(100_000)}` }]);
      expect.unreachable();
    } catch (error) {
      expect(error instanceof RegoErrors && error.errors[0]).toMatchObject({
        code: 'rego_parse_error',
        row: 2,
      });
    }
  });
});

describe('depth', () => {
  it('of rules that lean on each other is an error past the stack, not a crash', () => {
    const rules = Array.from({ length: 30_000 }, (_, index) => `r${index} { r${index + 1} }`);
    survives(`package t\n${rules.join('\n')}\nr30000 { true }`);
  });
});
