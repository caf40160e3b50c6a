import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../failures.ts';
import type { PolicyFailure } from '../failures.ts';
import { readPolicy } from './source.ts';

function failure(source: string): PolicyFailure {
  try {
    readPolicy(source, 'gate');
  } catch (error) {
    if (error instanceof PolicyProblem) return error.failure;
    throw error;
  }
  throw new Error('it was taken');
}

test.each([
  ['deny', 'main', 'package main\ndeny["a"] { true }'],
  ['isCompliant', 'policies', '# a\npackage policies\nisCompliant { true }'],
  ['deny', 'main', 'package main\nimport rego.v1\ndeny contains "a" if true'],
  [
    'deny',
    'main',
    'package main\ndeny["http.send"] { input.opa.runtime; input.http.send == "x" } # http.send',
  ],
])('%s of package %s', (contract, path, source) => {
  expect(readPolicy(source, 'gate')).toMatchObject({ contract, path });
});

describe('builtins that reach out are refused wherever they stand', () => {
  test.each([
    'http.send({})',
    'http["send"]({})',
    'http[`send`]({})',
    'http["s\\u0065nd"]({})',
    'http . send({})',
    'opa.runtime()',
    'net.lookup_ip_addr("x")',
    '$"{opa.runtime()}"',
  ])('%s', (call) => {
    expect(failure(`package main\ndeny[msg] {\n  msg := [1 |   ${call}]\n}`)).toMatchObject({
      code: expect.stringMatching(/^Policy(BuiltinError|CompileError)$/),
      line: 3,
    });
  });
});

test.each<[string, string, string]>([
  ['another package', 'package system.authz\nallow { true }', 'PolicyPackageUnknown'],
  ['two packages', 'package main\npackage main\ndeny["a"] { true }', 'PolicyCompileError'],
  ['brackets without end', `package main\ndeny[${'['.repeat(100_000)}`, 'PolicyCompileError'],
  ['a book', `package main\n# ${'x'.repeat(5_000_000)}`, 'PolicyCompileError'],
])('%s is refused', (_, source, code) => {
  expect(failure(source).code).toBe(code);
});
