/** A row for every line of spec.md §2 to §5, by what the scan, its job and its pod are. */
import { describe, expect, test } from 'vitest';
import { rescanAnnotation } from '../../api/kinds.ts';
import { conditionRows } from '../../api/conditions.ts';
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
  condition,
  nextName,
  running,
  statuses,
  t0,
  terminated,
  waiting,
} from '../builders.ts';
import { decide } from './decide.ts';
import type { Action } from './action.ts';
import type { World } from '../world.ts';

interface Row {
  readonly when: string;
  readonly world: () => Partial<World>;
  /** The fields of the action that matter. */
  readonly does: Partial<Record<string, unknown>>;
}

const looked = {};
const second = (s: number): number => t0 + s * 1000;

function table(rows: readonly Row[]): void {
  test.each(rows.map((row) => [row.when, row] as const))('%s', (_, row) => {
    expect(decide(aWorld(row.world()))).toMatchObject(row.does);
  });
}

const failure = (action: Action): string =>
  action.do === 'fail' ? `${action.at} ${action.failure.code}: ${action.failure.message}` : action.do;

function failures(
  rows: readonly (readonly [when: string, world: () => Partial<World>, says: RegExp])[],
): void {
  test.each(rows)('%s', (_, world, says) => {
    expect(failure(decide(aWorld(world())))).toMatch(says);
  });
}

/** A status of a run that ended for the present trigger, with what `status` makes of its job's name. */
const settled = (status: Parameters<typeof aRun>[1]) => ({ scan: aRun({}, status).scan });
const retryable = { code: 'ScannerFailed', step: 'job', attempt: 1, nextRetryAt: at(70) } as const;

describe('a scan runs (spec.md §5)', () => {
  table([
    { when: 'created: it looks at the server first', world: () => ({}), does: { do: 'look' } },
    {
      when: 'created, and nothing is in the way',
      world: () => ({ looked }),
      does: { do: 'start', jobName: nextName(aSourceScan()) },
    },
    {
      when: 'an ImageScan likewise',
      world: () => ({ kind: 'ImageScan', scan: anImageScan(), looked }),
      does: { do: 'start' },
    },
    {
      when: 'its generation changed since the last run',
      world: () => {
        const { scan } = aRun({}, { status: statuses.completed });
        return { scan: { ...scan, metadata: { ...scan.metadata, generation: 2 } }, looked };
      },
      does: { do: 'start' },
    },
    {
      when: 'its template changed',
      world: () => {
        const template = aTemplate();
        template.metadata.generation = 2;
        return { ...settled({ status: statuses.completed }), template, looked };
      },
      does: { do: 'start' },
    },
    {
      when: 'its template was made anew',
      world: () => {
        const template = aTemplate();
        template.metadata.uid = 'another';
        return { ...settled({ status: statuses.completed }), template, looked };
      },
      does: { do: 'start' },
    },
    {
      when: 'the rescan annotation was set to a new value',
      world: () => {
        const { scan } = aRun({}, { status: statuses.completed });
        const annotations = { [rescanAnnotation]: '1' };
        return { scan: { ...scan, metadata: { ...scan.metadata, annotations } }, looked };
      },
      does: { do: 'start' },
    },
    {
      when: 'not when another annotation was set',
      world: () => {
        const { scan } = aRun({}, { status: statuses.completed });
        return { scan: { ...scan, metadata: { ...scan.metadata, annotations: { other: '1' } } }, looked };
      },
      does: { do: 'rest' },
    },
    {
      when: 'the wait after a retryable failure is over',
      world: () => ({
        ...settled({ status: (job) => statuses.failed(job, retryable) }),
        now: second(70),
        looked,
      }),
      does: { do: 'start' },
    },
    {
      when: 'not before that',
      world: () => ({
        ...settled({ status: (job) => statuses.failed(job, retryable) }),
        now: second(69),
        looked,
      }),
      does: { do: 'rest', wakeAt: second(70) },
    },
    {
      when: 'not after a failure that somebody has to act on',
      world: () => ({
        ...settled({
          status: (job) => statuses.failed(job, { code: 'ResultContainerMissing', step: 'job', attempt: 1 }),
        }),
        now: second(1e6),
        looked,
      }),
      does: { do: 'rest', wakeAt: undefined },
    },
    {
      when: 'not again once it is completed',
      world: () => settled({ status: statuses.completed }),
      does: { do: 'rest' },
    },
    {
      when: 'a finished scan needs its template no more',
      world: () => ({ ...settled({ status: statuses.completed }), template: undefined }),
      does: { do: 'rest' },
    },
    {
      when: 'not when it is being deleted',
      world: () => ({ scan: aSourceScan({ metadata: { deletionTimestamp: at(1) } }), looked }),
      does: { do: 'rest' },
    },
    {
      when: 'never while another job of the scan runs: that is ended first',
      world: () => ({ jobs: [aJob({ name: 'scan-web-old' })], looked }),
      does: { do: 'end', job: { metadata: { name: 'scan-web-old' } } },
    },
    {
      when: 'nor while it is still being deleted',
      world: () => ({ jobs: [aJob({ name: 'scan-web-old', deleting: true })], looked }),
      does: { do: 'rest' },
    },
    {
      when: 'nor while a pod of one that is gone still runs',
      world: () => ({ pods: [aPod(aJob(), { phase: 'Running' })], looked }),
      does: { do: 'rest' },
    },
    {
      when: 'a finished job is not in the way',
      world: () => ({ jobs: [aJob({ state: 'failed' })], looked }),
      does: { do: 'start' },
    },
    {
      when: 'its job was made, and the controller died before the status said so',
      world: () => ({ jobs: [aJob({ name: nextName(aSourceScan()) })] }),
      does: { do: 'adopt', job: { metadata: { name: nextName(aSourceScan()) } } },
    },
    {
      when: 'the same, and the job has ended meanwhile',
      world: () => ({ jobs: [aJob({ name: nextName(aSourceScan()), state: 'complete' })] }),
      does: { do: 'adopt' },
    },
  ]);
});

describe('what is missing (spec.md §3) is said before any job', () => {
  failures([
    ['template missing', () => ({ template: undefined }), /^prepare TemplateNotFound: .*"template".*"team"/],
    [
      'template invalid',
      () => ({ template: aTemplate({ containers: 'none' }) }),
      /^prepare TemplateInvalid: .*spec\.template\.containers/,
    ],
    ['template without containers', () => ({ template: aTemplate({}) }), /^prepare TemplateInvalid/],
    [
      'template without a container of either contract',
      () => ({ template: aTemplate({ containers: [{ name: 'other' }] }) }),
      /^prepare TemplateInvalid: .*scanner or summary/,
    ],
    [
      'policy missing',
      () => ({ scan: aSourceScan({ spec: { scanPolicy: 'policy' } }) }),
      /^prepare PolicyNotFound: .*"policy".*"team"/,
    ],
    [
      'secret missing',
      () => ({ looked: { secretProblem: { code: 'SecretNotFound', message: 'Secret "key" is not there' } } }),
      /^prepare SecretNotFound: Secret "key"/,
    ],
    ['nothing to scan', () => ({ scan: aSourceScan({ spec: { git: undefined } }) }), /^prepare SpecInvalid/],
  ]);
  table([
    {
      when: 'a policy that does not compile is no obstacle',
      world: () => ({
        scan: aSourceScan({ spec: { scanPolicy: 'policy' } }),
        policy: aPolicy('not rego'),
        looked,
      }),
      does: { do: 'start' },
    },
    {
      when: 'what is noted already is not noted again',
      world: () => ({
        template: undefined,
        scan: aSourceScan({
          status: {
            observedGeneration: 1,
            conditions: [
              condition(conditionRows.scanError, {
                error: 'ScanTemplate "template" does not exist in namespace "team"',
              }),
            ],
            failure: { code: 'TemplateNotFound', step: 'prepare', attempt: 1 },
          },
        }),
      }),
      does: { do: 'rest' },
    },
    {
      when: 'when it is there, the scan runs',
      world: () => ({
        scan: aSourceScan({
          status: {
            observedGeneration: 1,
            conditions: [condition(conditionRows.scanError, { error: 'x' })],
            failure: { code: 'TemplateNotFound', step: 'prepare', attempt: 1 },
          },
        }),
        looked,
      }),
      does: { do: 'start' },
    },
    {
      when: 'a missing secret is looked for again at its time',
      world: () => ({
        now: second(60),
        looked: { secretProblem: { code: 'SecretNotFound' as const, message: 'x' } },
        scan: aSourceScan({
          status: {
            observedGeneration: 1,
            conditions: [condition(conditionRows.scanError, { error: 'x' })],
            failure: { code: 'SecretNotFound', step: 'prepare', attempt: 1, nextRetryAt: at(60) },
          },
        }),
      }),
      does: { do: 'fail' },
    },
  ]);
});

/** The world of a run in the middle, with one pod. */
const run = (
  job: Parameters<typeof aRun>[0] = {},
  pod?: Parameters<typeof aPod>[1],
  more: Partial<World> = {},
) => {
  const made = aRun(job);
  return {
    scan: made.scan,
    jobs: [made.job],
    pods: pod === undefined ? [] : [aPod(made.job, pod)],
    ...more,
  };
};

describe('while the job runs', () => {
  table([
    {
      when: 'its deadline is watched',
      world: () => run({}, { containers: [running('scanner')] }),
      does: { do: 'rest', wakeAt: second(1800 + 60) },
    },
    {
      when: 'the scan changed: the job is ended, after a look',
      world: () => {
        const { scan, ...rest } = run();
        return { ...rest, scan: { ...scan, metadata: { ...scan.metadata, generation: 2 } } };
      },
      does: { do: 'look' },
    },
    {
      when: 'the scan changed: the job is ended',
      world: () => {
        const { scan, ...rest } = run();
        return { ...rest, scan: { ...scan, metadata: { ...scan.metadata, generation: 2 } }, looked };
      },
      does: { do: 'end' },
    },
    {
      when: 'the scan changed and the job is going: nothing until it is gone, not even a missing template',
      world: () => {
        const { scan, ...rest } = run({ deleting: true });
        const changed = { ...scan, metadata: { ...scan.metadata, generation: 2 } };
        return { ...rest, scan: changed, template: undefined, looked };
      },
      does: { do: 'rest' },
    },
    {
      when: 'the scan changed and the job has ended: the next one starts, the old result is not wanted',
      world: () => {
        const { scan, ...rest } = run({ state: 'complete' });
        return { ...rest, scan: { ...scan, metadata: { ...scan.metadata, generation: 2 } }, looked };
      },
      does: { do: 'start' },
    },
    {
      when: 'the template is gone: the job has its copy',
      world: () => ({ ...run({}, { containers: [running('scanner')] }), template: undefined }),
      does: { do: 'rest' },
    },
    {
      when: 'the policy changed: that is judged later',
      world: () => {
        const { scan, job } = aRun({}, { spec: { scanPolicy: 'policy' } });
        return {
          scan,
          jobs: [job],
          pods: [aPod(job, { containers: [running('scanner')] })],
          policy: aPolicy('x', 7),
        };
      },
      does: { do: 'rest' },
    },
    {
      when: 'it is not in the cache: the server is asked',
      world: () => ({ ...run(), jobs: [] }),
      does: { do: 'look' },
    },
    {
      when: 'an image cannot be pulled, but not for long',
      world: () =>
        run(
          {},
          { phase: 'Pending', containers: [waiting('scanner', 'ErrImagePull')] },
          { troubleSince: second(5) },
        ),
      does: { do: 'rest', wakeAt: second(35) },
    },
    {
      when: 'a pod waits for a node, but not for long',
      world: () =>
        run(
          {},
          {
            phase: 'Pending',
            node: '',
            conditions: [
              { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime: at(0) },
            ],
          },
        ),
      does: { do: 'rest', wakeAt: second(300) },
    },
    {
      when: 'nothing starts and nothing says why: the events are asked',
      world: () =>
        run(
          {},
          { phase: 'Pending', containers: [waiting('scanner', 'ContainerCreating')] },
          { now: second(31) },
        ),
      does: { do: 'ask' },
    },
    {
      when: 'nothing starts and no event complains: a large image, perhaps',
      world: () =>
        run(
          {},
          { phase: 'Pending', containers: [waiting('scanner', 'ContainerCreating')] },
          { now: second(31), complaints: [] },
        ),
      does: { do: 'rest', wakeAt: second(61) },
    },
    {
      when: 'no pod was made: the events are asked',
      world: () => run({}, undefined, { now: second(31) }),
      does: { do: 'ask' },
    },
  ]);
});

describe('a scan never stays Scanning: it fails when', () => {
  const pending = (status: ReturnType<typeof waiting>, more: Partial<World> = {}) =>
    run({}, { phase: 'Pending', containers: [status] }, { troubleSince: t0, now: second(31), ...more });
  const dead = (pod: Parameters<typeof aPod>[1], job: Parameters<typeof aRun>[0] = {}) =>
    run({ state: 'failed', ...job }, { phase: 'Failed', ...pod });
  failures([
    ['the job was deleted', () => ({ ...run(), jobs: [], looked }), /^run JobLost/],
    ['the pod was deleted', () => ({ ...run({ state: 'failed' }), looked }), /^run PodLost: .*deleted/],
    [
      'the job was deleted, and a pod of it holds up the next one',
      () => {
        const { scan, pods } = run({}, { deletedAt: 5 });
        const changed = { ...scan, metadata: { ...scan.metadata, generation: 2 } };
        return { scan: changed, pods, jobs: [], looked };
      },
      /^run JobLost/,
    ],
    [
      'the pod was deleted and lingers',
      () => dead({ deletedAt: 5, containers: [terminated('scanner', 143)] }),
      /^run PodLost/,
    ],
    [
      'the pod was evicted',
      () => dead({ reason: 'Evicted', message: 'The node was low on memory.' }),
      /^run PodEvicted: .*low on memory/,
    ],
    [
      'the pod was evicted through the API',
      () =>
        dead({
          containers: [terminated('scanner', 137)],
          conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }],
        }),
      /^run PodEvicted/,
    ],
    [
      'the node is lost',
      () =>
        dead({
          conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }],
        }),
      /^run NodeLost/,
    ],
    [
      'the node does not confirm that a deleted pod ended',
      () => run({ state: 'failing' }, { deletedAt: 10, node: 'node-7' }, { now: second(71) }),
      /^run NodeLost: .*node-7/,
    ],
    [
      'the image cannot be pulled',
      () => pending(waiting('scanner', 'ImagePullBackOff', 'no such image')),
      /^run ImagePullFailed: the image scan .*"scanner".*ImagePullBackOff: no such image/,
    ],
    [
      'the image name is invalid, at once',
      () => pending(waiting('scanner', 'InvalidImageName'), { now: t0 }),
      /^run ImagePullFailed/,
    ],
    [
      'a container cannot be made',
      () => pending(waiting('scanner', 'CreateContainerConfigError', 'secret "x" not found')),
      /^run ContainerConfigInvalid: .*secret "x" not found/,
    ],
    [
      'a volume cannot be mounted',
      () =>
        pending(waiting('scanner', 'ContainerCreating'), {
          complaints: [{ reason: 'FailedMount', message: 'configmap "gone" not found' }],
        }),
      /^run MountFailed: .*configmap "gone" not found/,
    ],
    [
      'a pod gets no network',
      () =>
        pending(waiting('scanner', 'ContainerCreating'), {
          complaints: [{ reason: 'FailedCreatePodSandBox', message: 'no addresses left' }],
        }),
      /^run PodStartFailed: .*no addresses left/,
    ],
    [
      'the pod fits on no node',
      () =>
        run(
          {},
          {
            phase: 'Pending',
            node: '',
            conditions: [
              {
                type: 'PodScheduled',
                status: 'False',
                reason: 'Unschedulable',
                message: '0/3 nodes are available',
                lastTransitionTime: at(0),
              },
            ],
          },
          { now: second(300) },
        ),
      /^run PodUnschedulable: .*0\/3 nodes/,
    ],
    ['a node has no room after all', () => dead({ reason: 'OutOfcpu' }), /^run PodUnschedulable/],
    [
      'the pod is refused',
      () =>
        run({}, undefined, {
          now: second(31),
          complaints: [{ reason: 'FailedCreate', message: 'violates PodSecurity' }],
        }),
      /^run JobRefused: .*violates PodSecurity/,
    ],
    [
      'the deadline passed',
      () => dead({ containers: [running('scanner')] }, { reason: 'DeadlineExceeded' }),
      /^run DeadlineExceeded: .*deadline of 1800 s.*"scanner"/,
    ],
    [
      'the deadline of the pod passed',
      () => dead({ reason: 'DeadlineExceeded', message: 'too long' }),
      /^run DeadlineExceeded: .*deadline/,
    ],
    [
      'the deadline passed and nobody ended the job',
      () => run({}, { containers: [running('scanner')] }, { now: second(1860) }),
      /^run DeadlineExceeded: .*1800 s/,
    ],
    [
      'there is no Job controller at all',
      () => run({}, undefined, { now: second(1860), complaints: [] }),
      /^run DeadlineExceeded: .*never got a pod/,
    ],
    [
      'a container used too much memory',
      () => dead({ containers: [terminated('scanner', 137, { reason: 'OOMKilled' })] }),
      /^run OutOfMemory: .*"scanner".*memory/,
    ],
    [
      'the source could not be fetched',
      () => dead({ init: [terminated('repo', 128)], containers: [waiting('scanner', 'PodInitializing')] }),
      /^run SourceFetchFailed: .*"repo".*128/,
    ],
    [
      'the scanner failed',
      () => dead({ containers: [terminated('scanner', 3)] }),
      /^run ScannerFailed: .*"scanner".*code 3/,
    ],
    [
      'another container failed',
      () => dead({ init: [terminated('prepare', 1)], containers: [terminated('scanner', 0)] }),
      /^run ContainerFailed: .*"prepare".*code 1/,
    ],
    [
      'a program could not be started',
      () =>
        dead({
          containers: [terminated('scanner', 128, { reason: 'StartError', message: 'exec: no such file' })],
        }),
      /^run ContainerConfigInvalid: .*no such file/,
    ],
    [
      'the job failed and its pod says nothing',
      () => dead({}, { reason: 'BackoffLimitExceeded' }),
      /^run ContainerFailed: .*BackoffLimitExceeded/,
    ],
    [
      'a superseded job cannot be ended as its node is lost',
      () => {
        const { scan, jobs, pods } = run({ deleting: true }, { deletedAt: 10 });
        const changed = { ...scan, metadata: { ...scan.metadata, generation: 2 } };
        return { scan: changed, jobs, pods, now: second(71) };
      },
      /^run NodeLost/,
    ],
  ]);
  table([
    {
      when: 'before the pod’s end has reached the cache, the server is asked for it',
      world: () => run({ state: 'failed' }, { phase: 'Running' }),
      does: { do: 'look' },
    },
    {
      when: 'the lines of the container that failed are quoted',
      world: () => dead({ init: [terminated('repo', 128, { message: 'last words' })] }),
      does: { do: 'fail', quote: { container: 'repo', fallback: 'last words' } },
    },
    {
      when: 'what ended in trouble but still runs is deleted',
      world: () => ({
        ...run(),
        scan: aRun({}, { status: (job) => statuses.failed(job, retryable) }).scan,
      }),
      does: { do: 'end' },
    },
  ]);
});

describe('when the job ended well', () => {
  table([
    {
      when: 'its report is read',
      world: () => run({ state: 'complete' }, { phase: 'Succeeded' }),
      does: { do: 'collect' },
    },
    {
      when: 'the pod is not in the cache: the server is asked',
      world: () => run({ state: 'complete' }),
      does: { do: 'look' },
    },
    {
      when: 'the report is read although the job is being deleted',
      world: () => run({ state: 'complete', deleting: true }, { phase: 'Succeeded' }),
      does: { do: 'collect' },
    },
    {
      when: 'the pod is gone, and its report with it',
      world: () => ({ ...run({ state: 'complete' }), looked }),
      does: { do: 'fail', at: 'run', failure: { code: 'PodLost' } },
    },
  ]);
});

describe('policies', () => {
  const spec = { scanPolicy: 'policy' };
  const judged = (passed = true, more: Partial<World> = {}) => ({
    ...settled({ spec, status: (job) => statuses.judged(job, aPolicy(), passed) }),
    policy: aPolicy(),
    keptReport: 'sha256:1',
    ...more,
  });
  table([
    { when: 'a verdict on the present text stands', world: () => judged(), does: { do: 'rest' } },
    { when: 'a violation stands', world: () => judged(false), does: { do: 'rest' } },
    {
      when: 'a changed policy is applied to the kept report at once',
      world: () => judged(true, { policy: aPolicy('package main # changed', 2) }),
      does: { do: 'judge' },
    },
    {
      when: 'a policy made anew with another text too, although its generation is the same',
      world: () => judged(true, { policy: aPolicy('package main # another') }),
      does: { do: 'judge' },
    },
    {
      when: 'only where the report is gone does the scan run again',
      world: () =>
        judged(true, { policy: aPolicy('package main # changed', 2), keptReport: undefined, looked }),
      does: { do: 'start' },
    },
    {
      when: 'a report of another run is no report of this one',
      world: () =>
        judged(true, { policy: aPolicy('package main # changed', 2), keptReport: 'sha256:2', looked }),
      does: { do: 'start' },
    },
    {
      when: 'a policy that is gone is noted',
      world: () => judged(true, { policy: undefined }),
      does: { do: 'fail', at: 'policy', failure: { code: 'PolicyNotFound' } },
    },
    {
      when: 'an error on the present text waits for another text',
      world: () => {
        const { scan } = judged();
        const failure = { code: 'PolicyCompileError', step: 'policy', attempt: 1 } as const;
        const conditions = [
          condition(conditionRows.jobFinished),
          condition(conditionRows.storeNotConfigured),
          condition(conditionRows.policyError),
        ];
        return judged(true, {
          scan: { ...scan, status: { ...scan.status, conditions, failure } },
          now: second(1e6),
        });
      },
      does: { do: 'rest' },
    },
    {
      when: 'a defect of ours is tried again',
      world: () => {
        const { scan } = judged();
        const failure = { code: 'Internal', step: 'policy', attempt: 1, nextRetryAt: at(70) } as const;
        return judged(true, { scan: { ...scan, status: { ...scan.status, failure } }, now: second(70) });
      },
      does: { do: 'judge' },
    },
    {
      when: 'a scan without a policy is not judged',
      world: () => ({ ...settled({ status: statuses.completed }), policy: undefined }),
      does: { do: 'rest' },
    },
  ]);
});

describe('sending results', () => {
  const unsent = (more: Partial<World> = {}) => ({
    ...settled({
      status: (job) => ({
        ...statuses.completed(job),
        conditions: [condition(conditionRows.jobTerminated), condition(conditionRows.jobFinished)],
      }),
    }),
    ...more,
  });
  const store = { configured: true };
  table([
    { when: 'with a store, they are sent', world: () => unsent({ store }), does: { do: 'send' } },
    { when: 'without one, that is said', world: () => unsent(), does: { do: 'send' } },
    {
      when: 'and said once',
      world: () => settled({ status: statuses.completed }),
      does: { do: 'rest' },
    },
    {
      when: 'a store that was configured later gets them',
      world: () => ({ ...settled({ status: statuses.completed }), store }),
      does: { do: 'send' },
    },
    {
      when: 'what was sent is not sent again',
      world: () =>
        unsent({
          store,
          scan: aRun(
            {},
            {
              status: (job) =>
                statuses.completed(job, {
                  conditions: [condition(conditionRows.jobFinished), condition(conditionRows.resultsSent)],
                }),
            },
          ).scan,
        }),
      does: { do: 'rest' },
    },
    {
      when: 'after a failure it waits',
      world: () => unsent({ store: { configured: true, nextSendAt: second(50) } }),
      does: { do: 'rest', wakeAt: second(50) },
    },
    {
      when: 'and tries again at its time',
      world: () => unsent({ store: { configured: true, nextSendAt: second(50) }, now: second(50) }),
      does: { do: 'send' },
    },
    {
      when: 'the results of a failed scan are none',
      world: () => ({ ...settled({ status: (job) => statuses.failed(job, retryable) }), store }),
      does: { do: 'rest' },
    },
  ]);
});

describe('a finished job is deleted', () => {
  const finished = (now: number, more: Partial<World> = {}) => {
    const { scan, job } = aRun({ state: 'complete', ended: 5 }, { status: statuses.completed });
    return { scan, jobs: [job], now: second(now), ...more };
  };
  table([
    { when: 'in its time after its result was collected', world: () => finished(610), does: { do: 'clean' } },
    { when: 'not before', world: () => finished(609), does: { do: 'rest', wakeAt: second(610) } },
    {
      when: 'never before its result was collected',
      world: () => run({ state: 'complete', ended: 5 }, { phase: 'Succeeded' }, { now: second(1e6) }),
      does: { do: 'collect' },
    },
    {
      when: 'once only',
      world: () => {
        const { scan, job } = aRun(
          { state: 'complete', ended: 5, deleting: true },
          { status: statuses.completed },
        );
        return { scan, jobs: [job], now: second(610) };
      },
      does: { do: 'rest' },
    },
    {
      when: 'one of an earlier run counts from its own end',
      world: () => ({ ...run({}, { containers: [running('scanner')] }), now: second(700) }),
      does: { do: 'rest' },
    },
    {
      when: 'one of an earlier run too, while the next one runs',
      world: () => {
        const now = run({ created: 500 }, { containers: [running('scanner')] }, { now: second(700) });
        return { ...now, jobs: [...now.jobs, aJob({ name: 'scan-web-old', state: 'failed', ended: 5 })] };
      },
      does: { do: 'clean', job: { metadata: { name: 'scan-web-old' } } },
    },
  ]);
});
