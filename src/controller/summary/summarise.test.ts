/** Every row of spec.md §2 and §3 by its literal text, from the outcome that makes it. */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { scanStatusSchema } from '../../api/status-schema.ts';
import type { ScanStatus } from '../../api/status-schema.ts';
import { anImageScan, aPolicy, aRun, aSourceScan, at, aWorld, condition, statuses, t0 } from '../builders.ts';
import { conditionRows } from '../../api/conditions.ts';
import { policyDigest } from '../job.ts';
import type { World } from '../world.ts';
import type { Judgement, Outcome, Result } from './outcome.ts';
import { phaseOf } from './phase.ts';
import { summarise } from './summarise.ts';

const counts = { CRITICAL: 1, HIGH: 2, MEDIUM: 0, LOW: 0, UNKNOWN: 1, CVETOTAL: 4 };

function aResult(given: Partial<Result> = {}): Result {
  return {
    counts,
    report: { digest: 'sha256:2', components: 3, findings: 5 },
    scanner: { name: 'grype', vendor: 'anchore', version: '1.0' },
    revision: '0f1e2d3c',
    finishedAt: t0 + 15_500,
    timings: { collect: 0.25 },
    ...given,
  };
}

function collected(given: Partial<Outcome & { is: 'collected' }> = {}): Outcome {
  return {
    is: 'collected',
    result: aResult(),
    judgement: undefined,
    sending: { is: 'not-configured' },
    ...given,
  };
}

function verdict(given: Partial<Judgement & { is: 'verdict' }> = {}): Judgement {
  return {
    is: 'verdict',
    by: { digest: policyDigest(aPolicy()), generation: 1 },
    passed: true,
    violations: [],
    violationCount: 0,
    cveCount: 0,
    ...given,
  };
}

const violated = (cves: number): Judgement =>
  verdict({ passed: false, violations: ['no'], violationCount: 1, cveCount: cves });

function rows(status: ScanStatus): string[] {
  return (status.conditions ?? []).map(
    ({ type, status, reason, message, error }) =>
      `${type} ${status} ${reason}: ${message}${error === undefined ? '' : ` (${error})`}`,
  );
}

const scanning = (spec = {}): Partial<World> => ({ scan: aRun({}, { spec }).scan });
const judgedWorld = (): Partial<World> => ({ ...scanning({ scanPolicy: 'policy' }), policy: aPolicy() });
const done = (): Partial<World> => ({ scan: aRun({}, { status: statuses.completed }).scan });

const running = 'Scanning True JobStarted: The scan job is running';
const terminated = 'Scanning False JobFinished: The scan job terminated';
const finished = 'Succeeded True JobFinished: The scan job finished';
const notConfigured =
  'SendingResults False MetadataStoreNotConfigured: The metadata store integration has not been configured';

interface Row {
  readonly when: string;
  readonly world: () => Partial<World>;
  readonly outcome: Outcome;
  readonly phase: string;
  readonly rows: readonly string[];
}

const table: Row[] = [
  { when: 'nothing happened yet', world: () => ({}), outcome: { is: 'nothing' }, phase: 'Pending', rows: [] },
  {
    when: 'a job was started',
    world: () => ({}),
    outcome: { is: 'started', jobName: 'j' },
    phase: 'Scanning',
    rows: [running],
  },
  {
    when: 'a job was started again: the last result is reset',
    world: done,
    outcome: { is: 'started', jobName: 'j' },
    phase: 'Scanning',
    rows: [running],
  },
  {
    when: 'the report was read, without policy and store',
    world: scanning,
    outcome: collected(),
    phase: 'Completed',
    rows: [terminated, finished, notConfigured],
  },
  {
    when: 'the policy holds',
    world: judgedWorld,
    outcome: collected({ judgement: verdict() }),
    phase: 'Completed',
    rows: [
      terminated,
      finished,
      notConfigured,
      'PolicySucceeded True EvaluationPassed: No CVEs were found that violated the policy',
    ],
  },
  {
    when: 'the policy is violated',
    world: judgedWorld,
    outcome: collected({ judgement: violated(3) }),
    phase: 'Failed',
    rows: [
      terminated,
      finished,
      notConfigured,
      'PolicySucceeded False EvaluationFailed: Policy violated because of 3 CVEs',
    ],
  },
  {
    when: 'the policy does not compile',
    world: judgedWorld,
    outcome: collected({
      judgement: {
        is: 'error',
        by: { digest: 'sha256:3', generation: 1 },
        failure: { code: 'PolicyCompileError', message: 'policy:2:3: unexpected token' },
      },
    }),
    phase: 'Error',
    rows: [
      terminated,
      finished,
      notConfigured,
      'PolicySucceeded Unknown Error: An error has occurred (policy:2:3: unexpected token)',
    ],
  },
  {
    when: 'the scan failed',
    world: scanning,
    outcome: { is: 'failed', at: 'run', failure: { code: 'ScannerFailed', message: 'exited with code 3' } },
    phase: 'Error',
    rows: [terminated, 'Succeeded False Error: An error has occurred (exited with code 3)'],
  },
  {
    when: 'the template is missing',
    world: () => ({ template: undefined }),
    outcome: { is: 'failed', at: 'prepare', failure: { code: 'TemplateNotFound', message: 'no "t"' } },
    phase: 'Error',
    rows: ['Succeeded False Error: An error has occurred (no "t")'],
  },
  {
    when: 'the template is missing, and there was a result before',
    world: done,
    outcome: { is: 'failed', at: 'prepare', failure: { code: 'TemplateNotFound', message: 'no "t"' } },
    phase: 'Error',
    rows: [terminated, 'Succeeded False Error: An error has occurred (no "t")'],
  },
  {
    when: 'the policy is missing before a job',
    world: () => ({}),
    outcome: { is: 'failed', at: 'prepare', failure: { code: 'PolicyNotFound', message: 'no "p"' } },
    phase: 'Error',
    rows: [
      'Succeeded False Error: An error has occurred (no "p")',
      'PolicySucceeded Unknown Error: An error has occurred (no "p")',
    ],
  },
  {
    when: 'the policy is gone after the scan',
    world: done,
    outcome: { is: 'failed', at: 'policy', failure: { code: 'PolicyNotFound', message: 'no "p"' } },
    phase: 'Error',
    rows: [
      terminated,
      finished,
      notConfigured,
      'PolicySucceeded Unknown Error: An error has occurred (no "p")',
    ],
  },
  {
    when: 'the job was refused',
    world: () => ({}),
    outcome: { is: 'refused', jobName: 'j', failure: { code: 'JobRefused', message: 'quota' } },
    phase: 'Error',
    rows: ['Succeeded False Error: An error has occurred (quota)'],
  },
  {
    when: 'the results were sent',
    world: done,
    outcome: { is: 'sent', sending: { is: 'sent', metadataUrl: 'https://store/x' } },
    phase: 'Completed',
    rows: [
      terminated,
      finished,
      'SendingResults True ResultsSent: The scan results were sent to the metadata store',
    ],
  },
  {
    when: 'the results could not be sent: the phase stays',
    world: done,
    outcome: {
      is: 'sent',
      sending: {
        is: 'failed',
        failure: { code: 'StoreUnauthorized', message: 'https://store: 401' },
        attempt: 2,
        nextAt: t0 + 99_000,
      },
    },
    phase: 'Completed',
    rows: [terminated, finished, 'SendingResults False Error: An error has occurred (https://store: 401)'],
  },
];

describe('conditions and phase (spec.md §2, §3)', () => {
  test.each(table.map((row) => [row.when, row] as const))('%s', (_, row) => {
    const status = summarise(aWorld(row.world()), row.outcome);
    expect(rows(status)).toEqual(row.rows);
    expect(status.phase).toBe(row.phase);
    expect(() => scanStatusSchema.parse(status)).not.toThrow();
  });

  test.each([
    [[], 'Pending'],
    [[conditionRows.jobStarted], 'Scanning'],
    [[conditionRows.jobTerminated], 'Pending'],
    [[conditionRows.jobStarted, conditionRows.scanError], 'Error'],
    [[conditionRows.jobFinished, conditionRows.policyError], 'Error'],
    [[conditionRows.jobStarted, conditionRows.policyError], 'Error'],
    [[conditionRows.jobFinished, conditionRows.sendingError], 'Completed'],
  ] as const)('%j is %s', (given, phase) => {
    expect(phaseOf(given.map((row) => condition(row)))).toBe(phase);
  });
});

describe('what a status says beside', () => {
  test('the figures of a report', () => {
    const status = summarise(aWorld(scanning()), collected());
    expect(status).toMatchObject({
      cveCount: counts,
      scannedBy: { scanner: { name: 'grype', vendor: 'anchore', version: '1.0' } },
      scannedAt: at(15),
      artifact: { git: { url: 'https://example.test/web.git', revision: '0f1e2d3c' } },
      compliantArtifact: { git: { url: 'https://example.test/web.git', revision: '0f1e2d3c' } },
      report: { digest: 'sha256:2', components: 3, findings: 5 },
      timings: { collect: 0.25 },
      observedGeneration: 1,
      observedTemplateGeneration: 1,
    });
  });

  test('the figures of a violated report, without a compliant artifact', () => {
    const status = summarise(aWorld(judgedWorld()), collected({ judgement: violated(1) }));
    expect(status).toMatchObject({ cveCount: counts, violations: ['no'], violationCount: 1 });
    expect(status).toMatchObject({ observedPolicyGeneration: 1, policyDigest: policyDigest(aPolicy()) });
    expect(status.artifact).toBeDefined();
    expect(status.compliantArtifact).toBeUndefined();
  });

  test('while the next run goes on, the last good figures and nothing of the verdict', () => {
    const { scan } = aRun({}, { status: (job) => statuses.judged(job, aPolicy()) });
    const status = summarise(aWorld({ scan }), { is: 'started', jobName: 'next' });
    expect(status.cveCount).toEqual(scan.status?.cveCount);
    expect(status.artifact).toEqual(scan.status?.artifact);
    expect(status.jobName).toBe('next');
    for (const gone of ['compliantArtifact', 'policyDigest', 'violationCount', 'observedPolicyGeneration'])
      expect(status).not.toHaveProperty(gone);
  });
});

describe('the artifact (spec.md §1)', () => {
  const image = anImageScan({
    spec: { registry: { image: 'registry.test/app:1', imagePullSecret: 's' } },
    status: aRun().scan.status,
  });
  const blob = { url: 'https://example.test/src.tar.gz', revision: 'r1' };
  const source = (spec: object) => ({ scan: aRun({}, { spec }).scan });
  test.each([
    [
      'an image with its digest',
      { kind: 'ImageScan' as const, scan: image },
      'sha256:1111',
      { registry: { image: 'registry.test/app:1@sha256:1111', imagePullSecret: 's' } },
    ],
    [
      'an image whose report names a tag',
      { kind: 'ImageScan' as const, scan: image },
      '1',
      { registry: { image: 'registry.test/app:1', imagePullSecret: 's' } },
    ],
    [
      'a repository at its commit',
      scanning(),
      'abc',
      { git: { url: 'https://example.test/web.git', revision: 'abc' } },
    ],
    [
      'a repository at the revision asked for, where the report names none',
      scanning(),
      undefined,
      { git: { url: 'https://example.test/web.git', revision: 'main' } },
    ],
    [
      'a blob, not the git it came from',
      source({ blob }),
      'abc',
      { blob: { url: blob.url, revision: 'abc' } },
    ],
    ['a blob without revision', source({ blob: { url: blob.url } }), undefined, { blob: { url: blob.url } }],
  ])('is %s', (_, world, revision, artifact) => {
    const outcome = collected({ result: aResult({ revision }) });
    expect(summarise(aWorld(world), outcome).artifact).toEqual(artifact);
  });
});

describe('the compliant artifact goes as soon as it is not one', () => {
  const { scan } = aRun(
    {},
    { spec: { scanPolicy: 'policy' }, status: (job) => statuses.judged(job, aPolicy()) },
  );
  const nothing = { is: 'nothing' } as const;
  test.each([
    ['it stays while the policy is the one it was judged by', aPolicy(), true],
    ['the policy has changed', aPolicy('package main', 2), false],
    ['the policy was made anew with another text', aPolicy('package main'), false],
    ['the policy is gone', undefined, false],
  ])('%s', (_, policy, stays) => {
    const status = summarise(aWorld({ scan, policy }), nothing);
    expect(status.compliantArtifact !== undefined).toBe(stays);
  });

  test('violations that came with a summary, although no policy is named', () => {
    const judgement: Judgement = { ...violated(1), by: undefined };
    const status = summarise(aWorld(scanning()), collected({ judgement }));
    expect(rows(status).some((row) => row.startsWith('PolicySucceeded'))).toBe(false);
    expect(status.violationCount).toBe(1);
    expect(status.compliantArtifact).toBeUndefined();
  });
});

describe('attempts and waits (spec.md §5)', () => {
  const scannerFailed: Outcome = {
    is: 'failed',
    at: 'run',
    failure: { code: 'ScannerFailed', message: 'x' },
  };

  test('60 s, doubling, up to 1 h; counted on over runs', () => {
    let { scan } = aRun();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt++) {
      const status = summarise(aWorld({ scan, now: t0 }), scannerFailed);
      expect(status.failure).toMatchObject({ code: 'ScannerFailed', step: 'job', attempt });
      waits.push((Date.parse(status.failure?.nextRetryAt ?? '') - t0) / 1000);
      const jobName = scan.status?.jobName ?? '';
      scan = { ...scan, status };
      // The next attempt has the same trigger, as the name of its job says.
      scan = { ...scan, status: summarise(aWorld({ scan, now: t0 }), { is: 'started', jobName }) };
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  test('begin anew when the scan changed', () => {
    const { scan } = aRun(
      {},
      { status: (job) => statuses.failed(job, { code: 'ScannerFailed', step: 'job', attempt: 5 }) },
    );
    const changed = { ...scan, metadata: { ...scan.metadata, generation: 2 } };
    expect(summarise(aWorld({ scan: changed }), { is: 'started', jobName: 'j' }).failure).toBeUndefined();
    expect(summarise(aWorld({ scan }), { is: 'started', jobName: 'j' }).failure?.attempt).toBe(5);
  });

  test('end with success', () => {
    const { scan } = aRun();
    const status = { ...scan.status, failure: { code: 'ScannerFailed', step: 'job', attempt: 5 } } as const;
    expect(summarise(aWorld({ scan: { ...scan, status } }), collected()).failure).toBeUndefined();
  });

  test.each([
    ['SecretNotFound', true],
    ['TemplateNotFound', false],
  ] as const)('%s before a job', (code, retried) => {
    const outcome: Outcome = { is: 'failed', at: 'prepare', failure: { code, message: 'x' } };
    const first = summarise(aWorld(), outcome);
    expect(first.failure).toMatchObject({ code, step: 'prepare', attempt: 1 });
    expect(first.failure?.nextRetryAt !== undefined).toBe(retried);
    const second = summarise(aWorld({ scan: { ...aSourceScan(), status: first } }), outcome);
    expect(second.failure?.attempt).toBe(2);
  });

  test('a failure of the store gives way to one of the scan', () => {
    const { scan } = aRun({}, { status: statuses.completed });
    const failure = { code: 'PolicyCompileError', step: 'policy', attempt: 1 } as const;
    const sending = {
      is: 'failed',
      failure: { code: 'StoreUnreachable', message: 'x' },
      attempt: 1,
    } as const;
    const both = { ...scan, status: { ...scan.status, failure } };
    expect(summarise(aWorld({ scan: both }), { is: 'sent', sending }).failure).toEqual(failure);
    expect(summarise(aWorld({ scan }), { is: 'sent', sending }).failure?.code).toBe('StoreUnreachable');
  });
});

describe('lastTransitionTime', () => {
  test('stays while the status of a condition stays', () => {
    const world = aWorld({ ...done(), now: t0 + 99_000 });
    const status = summarise(world, {
      is: 'sent',
      sending: { is: 'failed', failure: { code: 'StoreUnreachable', message: 'x' }, attempt: 1 },
    });
    expect(status.conditions?.map((one) => one.lastTransitionTime)).toEqual([at(10), at(10), at(10)]);
  });

  test('is now when it changes', () => {
    const status = summarise(aWorld({ ...scanning(), now: t0 + 99_000 }), collected());
    expect(status.conditions?.every((one) => one.lastTransitionTime === at(99))).toBe(true);
  });

  test('stays over the same failure before a job', () => {
    const outcome: Outcome = {
      is: 'failed',
      at: 'prepare',
      failure: { code: 'PolicyNotFound', message: 'x' },
    };
    const first = summarise(aWorld(), outcome);
    const scan = { ...aSourceScan(), status: first };
    const second = summarise(aWorld({ scan, now: t0 + 99_000 }), outcome);
    expect(second.conditions).toEqual(first.conditions);
  });
});

test('a secret in a quoted log is not shown', () => {
  const message = 'fatal: https://me:hunter2@example.test/r.git: no';
  const status = summarise(aWorld(scanning()), {
    is: 'failed',
    at: 'run',
    failure: { code: 'SourceFetchFailed', message },
  });
  expect(JSON.stringify(status)).not.toContain('hunter2');
});

describe('the whole object stays under 8 KiB (spec.md §1)', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.string({ maxLength: 20 }),
    fc
      .nat(5000)
      .map((length) => 'CVE-2024-0001 in some component, which is not allowed. '.repeat(length / 50)),
  );
  test('whatever was found, said or broken', () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 80 }),
        text,
        text,
        fc.boolean(),
        (violations, error, name, passed) => {
          const judgement: Judgement = passed
            ? { is: 'error', by: undefined, failure: { code: 'Internal', message: error } }
            : verdict({ passed, violations, violationCount: violations.length, cveCount: 1 });
          const result = aResult({ scanner: { name, vendor: name, version: name } });
          const sending = {
            is: 'failed',
            failure: { code: 'StoreUnreachable', message: error },
            attempt: 1,
          } as const;
          const world = aWorld(judgedWorld());
          const status = summarise(world, collected({ result, judgement, sending }));
          const whole = { ...world.scan, status };
          expect(Buffer.byteLength(JSON.stringify(whole))).toBeLessThan(8192);
          expect(scanStatusSchema.safeParse(status).success).toBe(true);
        },
      ),
    );
  });

  test('with as many violations as there is room for, the first ones first', () => {
    const violations = Array.from({ length: 5000 }, (_, i) => `CVE-2024-${i} is not allowed in left-pad`);
    const judgement = verdict({ passed: false, violations, violationCount: 5000, cveCount: 5000 });
    const status = summarise(aWorld(judgedWorld()), collected({ judgement }));
    expect(status.violationCount).toBe(5000);
    expect(status.violations).toHaveLength(50);
    expect(status.violations?.[0]).toBe('CVE-2024-0 is not allowed in left-pad');
  });

  test('an error keeps its end of quoted lines as far as there is room', () => {
    const message = `container "repo" exited with code 128: ${'x'.repeat(900)} the last line`;
    const status = summarise(aWorld(scanning()), {
      is: 'failed',
      at: 'run',
      failure: { code: 'SourceFetchFailed', message },
    });
    expect(status.conditions?.[1]?.error).toBe(message);
  });
});
