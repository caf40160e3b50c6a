/** Effects, one by one, against an API server in memory. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { FakeKube } from '../../../test/fakes/fake-kube.ts';
import { errorFromStatus } from '../../kube/errors.ts';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { ManualClock } from '../../lib/manual-clock.ts';
import { ScanLinkError } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { PolicyEngine } from '../../policy/verdict.ts';
import { cycloneDxText, packReport } from '../../report/index.ts';
import { aComponent, aFinding, aReport } from '../../report/builders.ts';
import {
  aJob,
  anImageScan,
  aPod,
  aPolicy,
  aRun,
  aSourceScan,
  aTemplate,
  at,
  aWorld,
  t0,
  terminated,
} from '../builders.ts';
import { policyDigest } from '../job.ts';
import { policyDigestAnnotation } from '../../api/labels.ts';
import { noResultStore } from '../result-store.ts';
import type { ResultStore } from '../result-store.ts';
import { SendMemory } from '../send-memory.ts';
import { createMemoryShelf } from '../shelf/shelf.ts';
import type { World } from '../world.ts';
import { act } from './act.ts';
import type { ActDeps } from './deps.ts';

const report = aReport({
  subject: { name: 'web', version: '0f1e2d' },
  components: [aComponent({ findings: [aFinding({ id: 'CVE-2024-0001', severity: 'HIGH' })] })],
});

const text = cycloneDxText(report, { version: '1.6' });

const passing: PolicyEngine = {
  evaluate: async () => ({ contract: 'deny', passed: true, violations: [], violationCount: 0, cveCount: 0 }),
  check: async () => ({ contract: 'deny' }),
  close: async () => {},
};

function failing(error: Error): PolicyEngine {
  return {
    ...passing,
    async evaluate() {
      throw error;
    },
  };
}

function make(given: Partial<ActDeps> = {}): { kube: FakeKube; deps: ActDeps } {
  const clock = new ManualClock(t0 + 20_000);
  const kube = new FakeKube(clock);
  const deps: ActDeps = {
    client: kube.client(),
    policy: passing,
    shelf: createMemoryShelf(),
    store: noResultStore,
    sends: new SendMemory(),
    jobs: { deadlineSeconds: 1800 },
    clock,
    log: silentLog,
    ...given,
  };
  return { kube, deps };
}

const { signal } = new AbortController();

const refusing: ResultStore = {
  isConfigured: true,
  send: () =>
    Promise.reject(
      new ScanLinkError('https://store.test: no URL', { code: 'StoreConfigInvalid', retry: 'waiting' }),
    ),
};

describe('start', () => {
  test('creates the job', async () => {
    const { kube, deps } = make();
    const acted = await act(deps, aWorld(), { do: 'start', jobName: 'scan-web-x' }, signal);
    expect(acted.outcome).toEqual({ is: 'started', jobName: 'scan-web-x' });
    expect(kube.peek('jobs', 'team', 'scan-web-x')).toBeDefined();
    expect(acted.world.jobs).toHaveLength(1);
  });

  test('twice is once', async () => {
    const { kube, deps } = make();
    const deed = { do: 'start', jobName: 'scan-web-x' } as const;
    await act(deps, aWorld(), deed, signal);
    expect((await act(deps, aWorld(), deed, signal)).outcome).toMatchObject({ is: 'started' });
    expect(kube.all('jobs')).toHaveLength(1);
  });

  test('does not take over the job of somebody else', async () => {
    const { kube, deps } = make();
    kube.create('jobs', { metadata: { name: 'scan-web-x', namespace: 'team' } });
    const { outcome } = await act(deps, aWorld(), { do: 'start', jobName: 'scan-web-x' }, signal);
    expect(outcome).toMatchObject({ is: 'refused', failure: { code: 'JobRefused' } });
  });

  test.each([
    ['Invalid', 422],
    ['Forbidden', 403],
    ['BadRequest', 400],
    ['RequestEntityTooLarge', 413],
  ])('a refusal (%s) is an outcome with what the API said', async (reason, code) => {
    const { kube, deps } = make();
    kube.intercept = () => {
      throw errorFromStatus({ reason, code, message: 'spec.template: Invalid value' });
    };
    const { outcome } = await act(deps, aWorld(), { do: 'start', jobName: 'j' }, signal);
    expect(outcome).toMatchObject({
      is: 'refused',
      jobName: 'j',
      failure: { code: 'JobRefused', message: 'job j was refused: spec.template: Invalid value' },
    });
  });

  test.each([
    ['InternalError', 500],
    ['Unauthorized', 401],
    ['TooManyRequests', 429],
  ])('a server that is not well (%s) is tried again', async (reason, code) => {
    const { kube, deps } = make();
    kube.intercept = () => {
      throw errorFromStatus({ reason, code, message: 'x' });
    };
    await expect(act(deps, aWorld(), { do: 'start', jobName: 'j' }, signal)).rejects.toThrow('x');
  });
});

describe.each(['end', 'clean'] as const)('%s', (how) => {
  test('deletes this very job, and is content when it is gone', async () => {
    const { kube, deps } = make();
    const job = kube.create<Job>('jobs', {
      ...aJob({ name: 'j' }),
      metadata: { name: 'j', namespace: 'team' },
    });
    await act(deps, aWorld({ jobs: [job] }), { do: how, job }, signal);
    expect(kube.all('jobs')).toEqual([]);
    await act(deps, aWorld({ jobs: [job] }), { do: how, job }, signal);
    kube.create<Job>('jobs', { ...aJob({ name: 'j' }), metadata: { name: 'j', namespace: 'team' } });
    await act(deps, aWorld({ jobs: [job] }), { do: how, job }, signal);
    expect(kube.all('jobs')).toHaveLength(1);
  });
});

/** A run whose job is complete, with a pod that printed `log`. */
function finished(
  kube: FakeKube,
  log: string,
  given: { container?: string; job?: Parameters<typeof aRun>[0]; spec?: object } = {},
): { world: World; job: Job; pod: Pod } {
  const { container = 'scanner' } = given;
  const { scan, job } = aRun({ state: 'complete', ...given.job }, { spec: given.spec ?? {} });
  const bare = aPod(job, { phase: 'Succeeded', containers: [terminated(container, 0)] });
  const pod = { ...bare, spec: { containers: [{ name: container }] } };
  kube.create<Pod>('pods', pod);
  kube.logs.set(`${pod.metadata.name}/${container}`, log);
  return { world: aWorld({ scan, jobs: [job], pods: [pod] }), job, pod };
}

describe('collect, by the scanner contract', () => {
  test('reads, counts, keeps', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, `Pulling database …\n${text}`);
    const acted = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(acted.outcome).toMatchObject({
      is: 'collected',
      judgement: undefined,
      sending: { is: 'not-configured' },
      result: {
        counts: { HIGH: 1, CVETOTAL: 1 },
        report: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), components: 1, findings: 1 },
        scanner: { name: 'example-scanner' },
        revision: '0f1e2d',
        finishedAt: Date.parse(at(10)),
        timings: { start: 1, scan: 9 },
      },
    });
    expect(acted.world.keptReport).toMatch(/^sha256:/);
  });

  test('judges in the same breath', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, text, { spec: { scanPolicy: 'policy' } });
    const acted = await act(deps, { ...world, policy: aPolicy() }, { do: 'collect', job, pod }, signal);
    expect(acted.outcome).toMatchObject({
      judgement: { is: 'verdict', passed: true, by: { digest: policyDigest(aPolicy()), generation: 1 } },
    });
  });

  test('says that the policy is gone', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, text, { spec: { scanPolicy: 'policy' } });
    const { outcome } = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ judgement: { is: 'error', failure: { code: 'PolicyNotFound' } } });
  });

  test.each([
    ['', 'ReportEmpty'],
    ['hello', 'ReportFormatUnknown'],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{', 'ReportTruncated'],
    [
      '<?xml version="1.0"?><!DOCTYPE bom []><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
      'ReportInvalid',
    ],
  ])('%j is %s', async (log, code) => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, log);
    const { outcome } = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ is: 'failed', at: 'run', failure: { code } });
  });

  test('a log that never ends is given up', async () => {
    const clock = new ManualClock(t0 + 20_000);
    const { kube, deps } = make({ clock });
    const { world, job, pod } = finished(kube, '');
    const endless = new Readable({ read: () => {} });
    const client: KubeClient = {
      ...deps.client,
      async logs(_, options) {
        options?.signal?.addEventListener('abort', () => endless.destroy(new Error('too late')));
        return endless;
      },
    };
    const reading = act({ ...deps, client }, world, { do: 'collect', job, pod }, signal);
    await expect
      .poll(() => endless.listenerCount('readable') + endless.listenerCount('end'))
      .toBeGreaterThan(0);
    clock.advance(120_000);
    expect((await reading).outcome).toMatchObject({ failure: { code: 'LogsUnavailable' } });
  });

  test('a log that cannot be read is tried again for a while, then is a failure', async () => {
    const clock = new ManualClock(t0 + 20_000);
    const { kube, deps } = make({ clock });
    const { world, job, pod } = finished(kube, '');
    kube.intercept = ({ verb }) => {
      if (verb === 'logs')
        throw errorFromStatus({ reason: 'InternalError', code: 500, message: 'no kubelet' });
    };
    const deed = { do: 'collect', job, pod } as const;
    await expect(act(deps, world, deed, signal)).rejects.toMatchObject({
      code: 'LogsUnavailable',
      retry: 'retryable',
    });
    clock.advance(120_000);
    expect((await act(deps, world, deed, signal)).outcome).toMatchObject({
      failure: { code: 'LogsUnavailable' },
    });
  });

  test('a pod that is gone took its report along', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, '');
    kube.delete('pods', { namespace: 'team', name: pod.metadata.name ?? '' });
    const { outcome } = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ failure: { code: 'PodLost' } });
  });

  test('a pod of neither contract has no result', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, '', { container: 'other' });
    const { outcome } = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ failure: { code: 'ResultContainerMissing' } });
  });
});

describe('collect, by the summary contract', () => {
  const summary = (more: string): string =>
    `done\nfetch: {git: {url: u, revision: abc}}\nsbom: {packageCount: 7}\nscan:\n  cveCount: {critical: 1, low: 2}\n  scanner: {name: s, vendor: v, version: "1", db: {version: d}}\n${more}`;

  test('uses counts, violations and locations as they are', async () => {
    const { kube, deps } = make();
    const more =
      'eval: {violations: ["CVE-2024-1111 no", "CVE-2024-1111 again"]}\nstore: {locations: ["https://s/x"]}\n';
    const { world, job, pod } = finished(kube, summary(more), {
      container: 'summary',
      spec: { scanPolicy: 'policy' },
      job: { annotations: { [policyDigestAnnotation]: 'sha256:given' } },
    });
    const { outcome } = await act(deps, { ...world, policy: aPolicy() }, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({
      is: 'collected',
      result: {
        counts: { CRITICAL: 1, LOW: 2, CVETOTAL: 3 },
        report: { components: 7, findings: 3, db: { version: 'd' } },
        revision: 'abc',
      },
      // Judged by what the pod was given, which is not the policy of now.
      judgement: {
        is: 'verdict',
        passed: false,
        violationCount: 2,
        cveCount: 1,
        by: { digest: 'sha256:given' },
      },
      sending: { is: 'sent', metadataUrl: 'https://s/x' },
    });
  });

  test('a policy that no step applied is no pass', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, summary(''), {
      container: 'summary',
      spec: { scanPolicy: 'policy' },
    });
    const { outcome } = await act(deps, { ...world, policy: aPolicy() }, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ judgement: { is: 'error', failure: { code: 'PolicyResultInvalid' } } });
  });

  test('without a policy there is no verdict, but violations are not lost', async () => {
    const { kube, deps } = make();
    const clean = finished(kube, summary('eval: {violations: []}\n'), { container: 'summary' });
    const deed = { do: 'collect', job: clean.job, pod: clean.pod } as const;
    expect((await act(deps, clean.world, deed, signal)).outcome).toMatchObject({ judgement: undefined });
    kube.logs.set(`${clean.pod.metadata.name}/summary`, summary('eval: {violations: [no]}\n'));
    expect((await act(deps, clean.world, deed, signal)).outcome).toMatchObject({
      judgement: { is: 'verdict', by: undefined, violations: ['no'] },
    });
  });

  test('without scan it is no summary', async () => {
    const { kube, deps } = make();
    const { world, job, pod } = finished(kube, 'fetch: {}\n', { container: 'summary' });
    const { outcome } = await act(deps, world, { do: 'collect', job, pod }, signal);
    expect(outcome).toMatchObject({ failure: { code: 'SummaryInvalid' } });
  });
});

describe('fail', () => {
  const failed = (kube: FakeKube) => {
    const { world, pod } = finished(kube, '\u001B[31mfatal: repository not found\u001B[0m\n', {
      container: 'repo',
    });
    const failure = {
      code: 'SourceFetchFailed',
      message: 'init container "repo" exited with code 128',
    } as const;
    const quote = { pod, container: 'repo', fallback: 'kept by the kubelet' };
    return { world, deed: { do: 'fail', at: 'run', failure, quote } as const };
  };

  test('quotes the last lines, in plain text', async () => {
    const { kube, deps } = make();
    const { world, deed } = failed(kube);
    const { outcome } = await act(deps, world, deed, signal);
    const message = 'init container "repo" exited with code 128: fatal: repository not found';
    expect(outcome).toEqual({ is: 'failed', at: 'run', failure: { code: 'SourceFetchFailed', message } });
  });

  test('quotes what the kubelet kept where there is no log', async () => {
    const { kube, deps } = make();
    const { world, deed } = failed(kube);
    kube.intercept = ({ verb }) => {
      if (verb === 'logs') throw errorFromStatus({ code: 500 });
    };
    const { outcome } = await act(deps, world, deed, signal);
    expect(JSON.stringify(outcome)).toContain('kept by the kubelet');
  });

  test('bounds what it quotes, and hides secrets', async () => {
    const { kube, deps } = make();
    const { world, deed } = failed(kube);
    kube.logs.set(`${deed.quote.pod.metadata.name}/repo`, `token=hunter22 ${'x'.repeat(500_000)} end`);
    const { outcome } = await act(deps, world, deed, signal);
    const said = outcome.is === 'failed' ? outcome.failure.message : '';
    expect(said).toMatch(/…x+ end$/);
    expect(Buffer.byteLength(said)).toBeLessThan(1200);
    kube.logs.set(`${deed.quote.pod.metadata.name}/repo`, 'token=hunter22 end');
    expect(JSON.stringify(await act(deps, world, deed, signal))).not.toContain('hunter22');
  });
});

describe('judge', () => {
  const kept = async (deps: ActDeps): Promise<World> => {
    await deps.shelf.put('scan-uid', 'sha256:1', packReport(report));
    return aWorld({
      scan: aSourceScan({ spec: { scanPolicy: 'policy' } }),
      policy: aPolicy(),
      keptReport: 'sha256:1',
    });
  };

  test('hands the kept report to the engine', async () => {
    const requests: unknown[] = [];
    const policy = {
      ...passing,
      evaluate: (request: unknown) => (requests.push(request), passing.evaluate(request as never)),
    };
    const { deps } = make({ policy, policyLimits: { timeMs: 1 } });
    const { outcome } = await act(deps, await kept(deps), { do: 'judge' }, signal);
    expect(outcome).toMatchObject({ is: 'judged', judgement: { is: 'verdict', passed: true } });
    expect(requests).toMatchObject([
      { source: aPolicy().spec.regoFile, name: 'policy', report, limits: { timeMs: 1 } },
    ]);
  });

  test.each([
    [new ScanLinkError('policy:1:1: no', { code: 'PolicyCompileError' }), 'PolicyCompileError'],
    [new ScanLinkError('strange', { code: 'SomethingElse' }), 'Internal'],
    [new TypeError('a bug'), 'Internal'],
  ])('%s is %s', async (error, code) => {
    const { deps } = make({ policy: failing(error) });
    const { outcome } = await act(deps, await kept(deps), { do: 'judge' }, signal);
    expect(outcome).toMatchObject({ judgement: { is: 'error', failure: { code, message: error.message } } });
  });

  test('a kept report of no use is forgotten, so that the scan runs again', async () => {
    const { deps } = make();
    const world = await kept(deps);
    await deps.shelf.put('scan-uid', 'sha256:1', Buffer.from('not a report'));
    const acted = await act(deps, world, { do: 'judge' }, signal);
    expect(acted.outcome).toEqual({ is: 'nothing' });
    expect(acted.world.keptReport).toBeUndefined();
  });
});

describe('send', () => {
  const scan = anImageScan();
  const world = aWorld({ kind: 'ImageScan', scan, keptReport: 'sha256:1' });

  test('without a store, says so and sends nothing', async () => {
    const { deps } = make();
    const { outcome } = await act(deps, world, { do: 'send' }, signal);
    expect(outcome).toEqual({ is: 'sent', sending: { is: 'not-configured' } });
  });

  test('sends the kept report', async () => {
    const sent: unknown[] = [];
    const send = async (...[given]: unknown[]) => (sent.push(given), { metadataUrl: 'https://store/x' });
    const { deps } = make({ store: { isConfigured: true, send } });
    await deps.shelf.put('scan-uid', 'sha256:1', packReport(report));
    const { outcome } = await act(deps, world, { do: 'send' }, signal);
    expect(outcome).toEqual({ is: 'sent', sending: { is: 'sent', metadataUrl: 'https://store/x' } });
    expect(sent).toEqual([report]);
  });

  test('waits 60 s after a failure, doubling', async () => {
    const send = () => Promise.reject(new ScanLinkError('https://store: 401', { code: 'StoreUnauthorized' }));
    const { deps } = make({ store: { isConfigured: true, send } });
    await deps.shelf.put('scan-uid', 'sha256:1', packReport(report));
    for (const [attempt, wait] of [
      [1, 60],
      [2, 120],
      [3, 240],
    ] as const) {
      const acted = await act(deps, world, { do: 'send' }, signal);
      expect(acted.outcome).toMatchObject({
        sending: {
          is: 'failed',
          failure: { code: 'StoreUnauthorized', message: 'https://store: 401' },
          attempt,
        },
      });
      expect(acted.world.store.nextSendAt).toBe(world.now + wait * 1000);
    }
  });

  test('a store that this version cannot send to is said, and waits for another configuration', async () => {
    const { deps } = make({ store: refusing });
    await deps.shelf.put('scan-uid', 'sha256:1', packReport(report));
    const acted = await act(deps, world, { do: 'send' }, signal);
    expect(acted.outcome).toMatchObject({
      sending: {
        failure: { code: 'StoreConfigInvalid', message: expect.stringContaining('https://store.test') },
      },
    });
    expect(acted.world.store.nextSendAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('a report that is gone cannot be sent', async () => {
    const { deps } = make({ store: refusing });
    const { outcome } = await act(deps, world, { do: 'send' }, signal);
    expect(outcome).toMatchObject({ sending: { failure: { code: 'ReportGone' } } });
  });
});

test('an aborted deed is none', async () => {
  const { kube, deps } = make({ policy: failing(new Error('x')) });
  const { world, job, pod } = finished(kube, '');
  const aborted = AbortSignal.abort(new Error('stopping'));
  await expect(act(deps, world, { do: 'collect', job, pod }, aborted)).rejects.toThrow('stopping');
  expect(aTemplate().metadata.name).toBe('template');
});
