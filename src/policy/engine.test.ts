import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { ScanLinkError } from '../lib/errors.ts';
import { aComponent, aFinding, aReport } from '../report/builders.ts';
import { createPolicyEngine } from './engine.ts';
import { residentBytes } from './resident.ts';
import type { PolicyEngine, PolicyRequest } from './verdict.ts';

const report = aReport({ components: [aComponent({ findings: [aFinding()] })] });
const deny =
  'package main\ndeny[msg] { msg := input.bom.components.component.vulnerabilities.vulnerability.id }';
const endless =
  'package main\ndeny[msg] { a := numbers.range(1, 100000)[_]; b := numbers.range(1, 100000)[_]; a + b == 0; msg := "x" }';
const hungry =
  'package main\nall := [x | i := numbers.range(1, 9000000)[_]; x := {"a": i, "b": [i, i]}]\ndeny[msg] { all[_].a == -1; msg := "x" }';
const mebi = 1024 * 1024;

const open: PolicyEngine[] = [];
afterAll(() => Promise.all(open.map((engine) => engine.close())));

function anEngine(options?: Parameters<typeof createPolicyEngine>[0]): PolicyEngine {
  const engine = createPolicyEngine(options);
  open.push(engine);
  return engine;
}

function request(given: Partial<PolicyRequest> = {}): PolicyRequest {
  return { source: deny, name: 'gate', report, ...given };
}

async function failureOf(work: Promise<unknown>): Promise<ScanLinkError> {
  const thrown: unknown = await work.then(
    () => 'it came to a verdict',
    (error: unknown) => error,
  );
  if (thrown instanceof ScanLinkError) return thrown;
  throw new Error('no ScanLinkError', { cause: thrown });
}

describe('the engine', () => {
  const engine = anEngine({ workers: 2 });

  test('judges, and compiles', async () => {
    expect(await engine.evaluate(request())).toMatchObject({
      contract: 'deny',
      passed: false,
      violations: [{ message: 'CVE-2024-0001', id: 'CVE-2024-0001' }],
    });
    expect(await engine.check(deny, 'gate')).toEqual({ contract: 'deny' });
    expect(await engine.check('package policies\nisCompliant { true }', 'gate')).toEqual({
      contract: 'isCompliant',
    });
  });

  test('throws what went wrong with code, place and what may be done', async () => {
    const failure = await failureOf(
      engine.evaluate(request({ source: 'package main\ndeny[msg] { msg := }' })),
    );
    expect(failure).toMatchObject({ code: 'PolicyCompileError', retry: 'waiting', where: { line: 2 } });
    expect(await failureOf(engine.check('package x\na { true }', 'gate'))).toMatchObject({
      code: 'PolicyPackageUnknown',
    });
  });

  test('a policy without end is stopped, and the next one is judged', async () => {
    const failure = await failureOf(engine.evaluate(request({ source: endless, limits: { timeMs: 100 } })));
    expect(failure).toMatchObject({ code: 'PolicyTimeout', message: 'policy gate took longer than 100 ms' });
    expect((await engine.evaluate(request())).passed).toBe(false);
  });

  test('a policy that eats memory is stopped, and the next one is judged', async () => {
    const failure = await failureOf(
      engine.evaluate(request({ source: hungry, limits: { timeMs: 60_000, memoryBytes: 96 * mebi } })),
    );
    expect(failure.code).toBe('PolicyMemoryExceeded');
    expect(failure.message).toMatch(/^policy gate needed more than 96 MiB/);
    expect((await engine.evaluate(request())).passed).toBe(false);
  });

  test('an endless policy holds up none of the others', async () => {
    const stop = new AbortController();
    const stuck = engine.evaluate(
      request({ source: endless, signal: stop.signal, limits: { timeMs: 60_000 } }),
    );
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => engine.evaluate(request())));
    expect(verdicts.every((one) => one.violationCount === 1)).toBe(true);
    stop.abort(new Error('seen enough'));
    await expect(stuck).rejects.toThrow('seen enough');
  });

  test('what waits can be aborted, and then never runs', async () => {
    const stop = new AbortController();
    const stuck = [1, 2].map(() =>
      engine.evaluate(request({ source: endless, signal: stop.signal, limits: { timeMs: 60_000 } })),
    );
    const own = new AbortController();
    const waits = engine.evaluate(request({ signal: own.signal }));
    own.abort(new Error('no longer wanted'));
    await expect(waits).rejects.toThrow('no longer wanted');
    stop.abort(new Error('stop'));
    for (const one of stuck) await expect(one).rejects.toThrow('stop');
    await expect(
      engine.evaluate(request({ signal: AbortSignal.abort(new Error('before')) })),
    ).rejects.toThrow('before');
    expect((await engine.evaluate(request())).passed).toBe(false);
  });
});

test('closed, it fails what is under way, what waits and what comes', async () => {
  const engine = anEngine({ workers: 1 });
  await engine.evaluate(request());
  const running = failureOf(engine.evaluate(request({ source: endless, limits: { timeMs: 60_000 } })));
  const waiting = failureOf(engine.evaluate(request()));
  await engine.close();
  expect(await running).toMatchObject({ code: 'Internal' });
  expect(await waiting).toMatchObject({ code: 'Internal', message: 'the policy engine is closed' });
  expect(await failureOf(engine.evaluate(request()))).toMatchObject({ code: 'Internal' });
});

describe('a worker that does its worst', () => {
  const engine = anEngine({
    workers: 1,
    workerUrl: new URL('./misbehaving-worker.ts', import.meta.url),
    limits: { timeMs: 60_000, memoryBytes: 128 * mebi },
  });

  test.runIf(residentBytes(process.pid) !== undefined)(
    'is stopped at its memory outside of the heap',
    async () => {
      const failure = await failureOf(engine.check('buffers', 'gate'));
      expect(failure).toMatchObject({
        code: 'PolicyMemoryExceeded',
        message: 'policy gate needed more than 128 MiB of memory',
      });
    },
  );

  test.each([
    ['objects', 'PolicyMemoryExceeded', /128 MiB/],
    ['text', 'PolicyMemoryExceeded', /128 MiB/],
    ['abort', 'PolicyMemoryExceeded', /gate/],
    ['exit', 'Internal', /code 3/],
    ['environment', 'Internal', /^\{\}$/],
    ['files', 'Internal', /permission|restricted/i],
    ['programs', 'Internal', /permission|restricted/i],
    ['network', 'Internal', /permission|restricted/i],
  ])('%s: the next request is answered', async (deed, code, message) => {
    const failure = await failureOf(engine.check(deed, 'gate'));
    expect(failure.message).toMatch(message);
    expect(failure.code).toBe(code);
    expect(await engine.check('anything', 'gate')).toEqual({ contract: 'deny' });
  });

  test('one that never looks at the clock is killed', async () => {
    const engine = anEngine({
      workers: 1,
      workerUrl: new URL('./misbehaving-worker.ts', import.meta.url),
      limits: { timeMs: 100 },
    });
    expect(await failureOf(engine.check('spin', 'gate'))).toMatchObject({
      code: 'PolicyTimeout',
      message: 'policy gate took longer than 100 ms',
    });
    expect(await engine.check('anything', 'gate')).toEqual({ contract: 'deny' });
  });

  test('one that cannot start is a defect said as such', async () => {
    const engine = anEngine({ workerUrl: new URL('./no-such-file.ts', import.meta.url) });
    expect(await failureOf(engine.check(deny, 'gate'))).toMatchObject({
      code: 'Internal',
      retry: 'retryable',
    });
  });
});

test('an idle engine keeps no program running', async () => {
  const program = `
    import { createPolicyEngine } from ${JSON.stringify(new URL('./engine.ts', import.meta.url).href)};
    const { contract } = await createPolicyEngine().check(${JSON.stringify(deny)}, 'gate');
    console.log(contract);`;
  // Ends by itself, or the test runs out of time.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toBe('deny\n');
});

test('an idle worker is ended after its time', async () => {
  const engine = anEngine({
    workers: 1,
    idleMs: 0,
    workerUrl: new URL('./misbehaving-worker.ts', import.meta.url),
  });
  const first = await failureOf(engine.check('identity', 'gate'));
  // Timers run in order: the one that ends the worker was set before this one.
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 1);
  });
  const second = await failureOf(engine.check('identity', 'gate'));
  expect(first.message).toMatch(/^\d+$/);
  expect(second.message).not.toBe(first.message);
});
