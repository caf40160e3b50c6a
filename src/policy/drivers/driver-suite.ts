/** What every driver has to do the same: one suite, run over each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScanLinkError } from '../../lib/errors.ts';
import { aComponent, aFinding, aReport } from '../../report/builders.ts';
import type { Report } from '../../report/model.ts';
import { readReport } from '../../report/index.ts';
import { samples } from '../../report/samples.ts';
import { policyShapes } from '../policy-shapes.ts';
import type { PolicyEngine, PolicyRequest, Verdict } from '../verdict.ts';

const shared = aFinding();
const report = aReport({
  components: ['a', 'b', 'c', 'd'].map((name) => aComponent({ name, findings: [shared] })),
});
const names = 'package main\ndeny[msg] { msg := input.report.components[_].name }';
const endless =
  'package main\ndeny[msg] { a := numbers.range(1, 100000)[_]; b := numbers.range(1, 100000)[_]; a + b == 0; msg := "x" }';

async function reportOf(text: string): Promise<Report> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  return (await readReport(bytes())).report;
}

const failures: readonly [
  string,
  string,
  { code: string; where?: { line: number; column?: number } },
  RegExp,
][] = [
  ['nothing at all', '', { code: 'PolicyCompileError' }, /does not compile/],
  [
    'a syntax error',
    'package main\n\ndeny[msg] { msg := }',
    { code: 'PolicyCompileError', where: { line: 3, column: 20 } },
    /line 3, column 20: rego_parse_error/,
  ],
  [
    'an unsafe variable',
    'package main\ndeny[msg] {\n  not x\n  msg := "a"\n}',
    { code: 'PolicyCompileError', where: { line: 3, column: 3 } },
    /rego_unsafe_var_error: var x is unsafe, in `not x`/,
  ],
  [
    'an unsafe variable behind a reference to the package',
    'package main\na = 1\ndeny[msg] { data.main.a == 1; not x; msg := "a" }',
    { code: 'PolicyCompileError', where: { line: 3, column: 31 } },
    /line 3, column 31: rego_unsafe_var_error/,
  ],
  [
    'an unknown function',
    'package main\ndeny[msg] { msg := frobnicate(1) }',
    { code: 'PolicyCompileError', where: { line: 2, column: 20 } },
    /frobnicate/,
  ],
  [
    'recursion, by the name that the author gave',
    'package main\ndeny[msg] { data.main.deny[msg] }',
    { code: 'PolicyCompileError', where: { line: 2, column: 1 } },
    /data\.main\.deny is recursive: data\.main\.deny -> data\.main\.deny/,
  ],
  [
    'another package',
    'package system.authz\nallow { true }',
    { code: 'PolicyPackageUnknown' },
    /"system\.authz".*package main/,
  ],
  ['a package below main', 'package main.x\ndeny["a"] { true }', { code: 'PolicyPackageUnknown' }, /main\.x/],
  ['a misspelled rule', 'package main\ndenny["a"] { true }', { code: 'PolicyRuleMissing' }, /no rule deny/],
  [
    'a function deny',
    'package main\ndeny(x) = y { y := x }',
    { code: 'PolicyRuleMissing', where: { line: 2 } },
    /a function deny/,
  ],
  [
    'a wrong argument',
    'package main\ndeny[msg] {\n  to_number(input.report.components[0].name) > 7\n  msg := "a"\n}',
    { code: 'PolicyBuiltinError', where: { line: 3, column: 3 } },
    /to_number/,
  ],
  [
    'the network',
    'package main\ndeny[msg] { http.send({"method": "get", "url": "http://127.0.0.1:1"}); msg := "a" }',
    { code: 'PolicyBuiltinError', where: { line: 2 } },
    /http\.send/,
  ],
  [
    'two values for one rule',
    'package main\nx = 1 { true }\nx = 2 { true }\ndeny[msg] { x == 1; msg := "a" }',
    { code: 'PolicyResultInvalid' },
    /conflict/,
  ],
  ['a boolean', 'package main\ndeny { true }', { code: 'PolicyResultInvalid' }, /boolean/],
  [
    'an undefined rule',
    'package main\ndeny = ["a"] { false }',
    { code: 'PolicyResultInvalid' },
    /comes to nothing/,
  ],
  [
    'isCompliant that is no boolean',
    'package policies\nisCompliant = "yes" { true }',
    { code: 'PolicyResultInvalid' },
    /neither true nor false/,
  ],
];

/** `start` is called once; what it gives is closed at the end. */
export function driverSuite(name: string, start: () => Promise<PolicyEngine> | PolicyEngine): void {
  describe(name, () => {
    let engine: PolicyEngine;
    beforeAll(async () => void (engine = await start()));
    afterAll(() => engine.close());

    const judge = (source: string, given: Partial<PolicyRequest> = {}): Promise<Verdict> =>
      engine.evaluate({ source, name: 'gate', report, ...given });
    const failureOf = async (work: Promise<unknown>): Promise<ScanLinkError> => {
      const thrown: unknown = await work.then(
        () => 'it came to a verdict',
        (error: unknown) => error,
      );
      if (thrown instanceof ScanLinkError) return thrown;
      throw new Error('no ScanLinkError', { cause: thrown });
    };

    test.each(failures)('%s is an error with its code and place', async (_, source, shape, message) => {
      const failure = await failureOf(judge(source));
      expect(failure.message).toMatch(message);
      expect(failure.message).toContain('policy gate');
      expect(failure).toMatchObject({ ...shape, retry: 'waiting' });
    });

    test('deny: texts in order, objects with their ids, and nothing', async () => {
      expect(await judge(names)).toEqual({
        contract: 'deny',
        passed: false,
        violations: ['a', 'b', 'c', 'd'].map((message) => expect.objectContaining({ message })),
        violationCount: 4,
        cveCount: 4,
      });
      const objects = 'package main\ndeny[{"msg": "x", "id": "CVE-1", "severity": "LOW"}] { true }';
      expect((await judge(objects)).violations).toEqual([{ message: 'x', id: 'CVE-1', severity: 'LOW' }]);
      expect((await judge('package main\ndeny["a"] { false }')).passed).toBe(true);
    });

    test('isCompliant: true, false and undefined, once a vulnerability', async () => {
      expect((await judge('package policies\nisCompliant { true }')).passed).toBe(true);
      expect((await judge('package policies\ndefault isCompliant = false\nisCompliant { 1 == 2 }')).violations)
        .toEqual([
        {
          message: 'CVE-2024-0001 (HIGH) in a 1.0.0, b 1.0.0, c 1.0.0 and 1 more is not compliant',
          id: 'CVE-2024-0001',
          severity: 'HIGH',
        },
      ]); // prettier-ignore
      const byId = (id: string): string =>
        `package policies\nisCompliant { input.currentVulnerability.Id == "${id}" }`;
      expect((await judge(byId('CVE-2024-0001'))).passed).toBe(true);
      expect((await judge(byId('CVE-2024-0002'))).violationCount).toBe(1);
      expect((await judge(byId('x'), { report: aReport() })).passed).toBe(true);
    });

    test.each([
      ['data.main.x', 'x = "seen"\ndeny[data.main.x] { true }'],
      ['data["main"]["x"]', 'x = "seen"\ndeny[data["main"]["x"]] { true }'],
      ['an import', 'import data.main.x as y\nx = "seen"\ndeny[y] { true }'],
      ['with', 'x = "unseen"\ndeny[msg] { msg := data.main.x with data.main.x as "seen" }'],
      ['a field named data', 'deny[msg] { msg := {"data": {"main": "seen"}}.data.main }'],
      [
        'comments and texts',
        '# data.main\nx = "data.main"\ndeny[msg] { x == concat(".", ["data", "main"]); msg := "seen" }',
      ],
    ])('a policy may speak of its own package: %s', async (_, rules) => {
      const source = `# of package main\n package  main # data.main\n${rules}`;
      expect((await judge(source)).violations.map((one) => one.message)).toEqual(['seen']);
    });

    test('twenty scans at once, each with a package main of its own, do not mix', async () => {
      const verdicts = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          judge(`package main\nx["${n}"] { true }\ndeny[msg] { data.main.x[msg] }\ndeny["all"] { true }`),
        ),
      );
      for (const [n, verdict] of verdicts.entries()) {
        expect(verdict.violations.map((one) => one.message)).toEqual([String(n), 'all'].sort());
      }
    });

    test('a policy without end is stopped, and the next one is judged', async () => {
      expect(await failureOf(judge(endless, { limits: { timeMs: 500 } }))).toMatchObject({
        code: 'PolicyTimeout',
        message: 'policy gate took longer than 500 ms',
      });
      expect((await judge(names)).violationCount).toBe(4);
    });

    test('what is aborted rejects with the reason', async () => {
      const stop = new AbortController();
      const running = judge(endless, { signal: stop.signal, limits: { timeMs: 60_000 } });
      stop.abort(new Error('no longer wanted'));
      await expect(running).rejects.toThrow('no longer wanted');
    });

    test('check compiles and evaluates nothing', async () => {
      expect(await engine.check(endless, 'gate')).toEqual({ contract: 'deny' });
      expect(await engine.check('package policies\nisCompliant { true }', 'gate')).toEqual({
        contract: 'isCompliant',
      });
      expect(await failureOf(engine.check('package main\ndeny[x] { true }', 'gate'))).toMatchObject({
        code: 'PolicyCompileError',
        where: { line: 2 },
      });
    });

    test.each(samples)('the shapes of policies over $name', async ({ text }) => {
      const read = await reportOf(text);
      for (const write of Object.values(policyShapes)) {
        const { violations } = await judge(write('"Critical"', ''), { report: read });
        expect(violations.map((one) => one.message)).toEqual([
          'CVE alpha CVE-2024-0001 {"Critical"}',
          'CVE beta CVE-2024-0001 {"Critical"}',
        ]);
      }
    });
  });
}
