import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aComponent, aFinding, aReport } from '../report/builders.ts';
import { readReport } from '../report/index.ts';
import type { Report } from '../report/model.ts';
import { samples } from '../report/samples.ts';
import { compilePolicy, PolicyCache } from './compiled-policy.ts';
import { PolicyProblem } from './failures.ts';
import type { PolicyFailure } from './failures.ts';
import { judge } from './judge.ts';
import { policyShapes } from './policy-shapes.ts';
import type { Verdict } from './verdict.ts';

async function reportOf(text: string): Promise<Report> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  return (await readReport(bytes())).report;
}

function verdict(source: string, report: Report = aReport(), timeMs = 5000): Verdict {
  return judge(compilePolicy(source, 'gate'), 'gate', report, timeMs);
}

function failure(source: string, report?: Report, timeMs?: number): PolicyFailure {
  try {
    verdict(source, report, timeMs);
  } catch (error) {
    if (error instanceof PolicyProblem) return error.failure;
    throw error;
  }
  throw new Error('it was judged');
}

const cases: readonly [string, string, string, string[]][] = [
  [
    'critical',
    '"Critical"',
    '',
    ['CVE alpha CVE-2024-0001 {"Critical"}', 'CVE beta CVE-2024-0001 {"Critical"}'],
  ],
  ['critical, accepted', '"Critical"', '"CVE-2024-0001"', []],
  [
    'medium and low',
    '"Medium", "Low"',
    '',
    ['CVE alpha CVE-2024-0002 {"Medium"}', 'CVE beta CVE-2024-0003 {"Low"}'],
  ],
  [
    'what nobody rated',
    '"UnknownSeverity"',
    '"CVE-2024-0001"',
    ['CVE gamma CVE-2024-0004 {"UnknownSeverity"}'],
  ],
  ['high, which is not there', '"High"', '', []],
];

describe.each(samples)('a policy means the same over $name', ({ text }) => {
  describe.each(Object.entries(policyShapes))('%s', (_, write) => {
    test.each(cases)('%s', async (_, words, ignored, messages) => {
      const result = verdict(write(words, ignored), await reportOf(text));
      expect(result.violations.map((one) => one.message).sort()).toEqual(messages);
      expect(result).toMatchObject({
        contract: 'deny',
        passed: messages.length === 0,
        violationCount: messages.length,
      });
      expect(result.cveCount).toBe(new Set(messages.map((message) => /CVE-\d+-\d+/.exec(message)?.[0])).size);
    });
  });

  test.each<[string, string, string[]]>([
    [
      'a list of what is refused',
      'isCompliant { count([s | s := input.currentVulnerability.Ratings.Rating[_].Severity; s == "Critical"]) == 0 }',
      ['CVE-2024-0001'],
    ],
    [
      'a list of what is allowed',
      'isCompliant { ["Low", "Medium"][_] == input.currentVulnerability.Ratings.Rating[_].Severity }',
      ['CVE-2024-0001', 'CVE-2024-0004'],
    ],
    [
      'ids that are accepted',
      'default isCompliant = false\nisCompliant { ["CVE-2024-0001", "CVE-2024-0003", "CVE-2024-0004"][_] == input.currentVulnerability.Id }',
      ['CVE-2024-0002'],
    ],
  ])('isCompliant by %s', async (_, rule, refused) => {
    const result = verdict(`package policies\n${rule}`, await reportOf(text));
    const { contract, passed, cveCount } = result;
    expect({ contract, passed, cveCount }).toEqual({
      contract: 'isCompliant',
      passed: false,
      cveCount: refused.length,
    });
    expect(new Set(result.violations.map((one) => one.id))).toEqual(new Set(refused));
  });
});

test('an SPDX document is offered as it came, beside the views', async () => {
  const text = samples.find((one) => one.name.includes('SPDX'))?.text ?? '';
  const source = `package main
    deny[msg] {
      match := input.vulnerabilities[_]
      match.relationships[_].ratedBy.rating[_].severity == "Critical"
      count(input.bom.components.component) == input.report.components_count_is_not_a_field
      msg := match.id
    }
    deny[msg] { match := input.vulnerabilities[_]; match.relationships[_].ratedBy.rating[_].severity == "Critical"; msg := match.id }
    deny["the report view holds the document twice"] { input.report.spdx }`;
  expect(verdict(source, await reportOf(text)).violations.map((one) => one.message)).toEqual([
    'CVE-2024-0001',
  ]);
});

const rated = aReport({ components: [aComponent({ findings: [aFinding()] })] });

describe('never a verdict where there is none', () => {
  test.each<[string, string, string, RegExp, { line?: number; column?: number }?]>([
    ['nothing at all', '', 'PolicyCompileError', /does not compile/],
    ['no Rego', 'kind: ScanPolicy\n', 'PolicyCompileError', /rego_parse_error/, { line: 1 }],
    [
      'a syntax error',
      'package main\n\ndeny[msg] { msg := }',
      'PolicyCompileError',
      /line 3, column 20: rego_parse_error/,
      { line: 3, column: 20 },
    ],
    [
      'an unsafe variable',
      'package main\ndeny[msg] {\n  not x\n  msg := "a"\n}',
      'PolicyCompileError',
      /rego_unsafe_var_error/,
      { line: 3 },
    ],
    [
      'an unknown function',
      'package main\ndeny[msg] { msg := frobnicate(1) }',
      'PolicyCompileError',
      /frobnicate/,
      { line: 2 },
    ],
    ['recursion', 'package main\ndeny[msg] { deny[msg] }', 'PolicyCompileError', /recurs/, { line: 2 }],
    [
      'another package',
      'package kubernetes.admission\ndeny[msg] { msg := "a" }',
      'PolicyPackageUnknown',
      /"kubernetes\.admission".*package main/,
    ],
    ['a misspelled rule', 'package main\ndenny[msg] { msg := "a" }', 'PolicyRuleMissing', /no rule deny/],
    [
      'a rule in the wrong package',
      'package policies\ndeny[msg] { msg := "a" }',
      'PolicyRuleMissing',
      /no rule isCompliant/,
    ],
    [
      'a function deny',
      'package main\ndeny(x) = y { y := x }',
      'PolicyRuleMissing',
      /a function deny/,
      { line: 2 },
    ],
    [
      'a wrong argument',
      'package main\ndeny[msg] {\n  to_number(input.bom.components.component.name) > 7\n  msg := "a"\n}',
      'PolicyBuiltinError',
      /to_number/,
      { line: 3 },
    ],
    [
      'the network',
      'package main\ndeny[msg] { http.send({"method": "get", "url": "http://localhost"}); msg := "a" }',
      'PolicyBuiltinError',
      /http\.send/,
      { line: 2 },
    ],
    [
      'two values for one rule',
      'package main\nx = 1 { true }\nx = 2 { true }\ndeny[msg] { x == 1; msg := "a" }',
      'PolicyResultInvalid',
      /conflict/,
    ],
    ['a boolean', 'package main\ndeny { true }', 'PolicyResultInvalid', /boolean/],
    ['an undefined rule', 'package main\ndeny = ["a"] { false }', 'PolicyResultInvalid', /comes to nothing/],
    ['numbers', 'package main\ndeny[1] { true }', 'PolicyResultInvalid', /number/],
    [
      'isCompliant that is no boolean',
      'package policies\nisCompliant = "yes" { true }',
      'PolicyResultInvalid',
      /neither true nor false/,
    ],
  ])('%s', (_, source, code, message, where) => {
    const found = failure(source, rated);
    expect(found.message).toMatch(message);
    expect(found).toMatchObject({ code, ...where });
    expect(found.message).toContain('policy gate');
  });

  test('a policy that never ends', () => {
    const source =
      'package main\ndeny[msg] { a := numbers.range(1, 100000)[_]; b := numbers.range(1, 100000)[_]; a + b == 0; msg := "x" }';
    expect(failure(source, rated, 50)).toMatchObject({
      code: 'PolicyTimeout',
      message: 'policy gate took longer than 50 ms',
    });
  });

  test('thousands of brackets', () => {
    const found = failure(
      `package main\ndeny[msg] { msg := ${'['.repeat(100_000)}${']'.repeat(100_000)} }`,
      rated,
    );
    expect(found.code).toBe('PolicyCompileError');
  });
});

test('an array of deny is taken too, and messages come sorted', () => {
  expect(
    verdict('package main\ndeny = ["b", "a"] { true }', rated).violations.map((one) => one.message),
  ).toEqual(['b', 'a']);
  expect(
    verdict('package main\ndeny["b"] { true }\ndeny["a"] { true }', rated).violations.map(
      (one) => one.message,
    ),
  ).toEqual(['a', 'b']);
});

test('a vulnerability of many components is one objection that names some of them', () => {
  const shared = aFinding();
  const report = aReport({
    components: ['a', 'b', 'c', 'd', 'e'].map((name) => aComponent({ name, findings: [shared] })),
  });
  const { violations, violationCount } = verdict('package policies\nisCompliant { false }', report);
  expect(violationCount).toBe(1);
  expect(violations[0]).toEqual({
    message: 'CVE-2024-0001 (HIGH) in a 1.0.0, b 1.0.0, c 1.0.0 and 2 more is not compliant',
    id: 'CVE-2024-0001',
    severity: 'HIGH',
  });
});

test('policies changed anywhere are judged or refused, in time', () => {
  const source = policyShapes['helpers for an object and an array']('"Critical"', '');
  const change = fc.tuple(
    fc.nat(source.length - 1),
    fc.constantFrom('', '{', '}', '(', ']', '"', ':=', '\n', '_', '0', '|', '`', ' not ', '\u0000', '💥'),
    fc.nat(8),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let text = source;
      for (const [at, put, cut] of changes) text = text.slice(0, at) + put + text.slice(at + cut);
      try {
        verdict(text, rated, 500);
      } catch (error) {
        expect(error).toBeInstanceOf(PolicyProblem);
      }
    }),
    { numRuns: 300 },
  );
});

test('the cache gives the same policy for the same text, and lets the least used go', () => {
  const cache = new PolicyCache(2);
  const text = (n: number): string => `package main\ndeny["${n}"] { true }`;
  const first = cache.get(text(1), 'a');
  cache.get(text(2), 'a');
  expect(cache.get(text(1), 'b')).toBe(first);
  const second = cache.get(text(2), 'a');
  cache.get(text(3), 'a');
  expect(cache.get(text(2), 'a')).toBe(second);
  expect(cache.get(text(1), 'a')).not.toBe(first);
});
