import { describe, expect, it } from 'vitest';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { trackingFinalizer } from './job-count.ts';
import { decideJob } from './job-decide.ts';
import { podName, podOf } from './job-pod.ts';

type JobSpec = NonNullable<Job['spec']>;
type JobStatus = NonNullable<Job['status']>;

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString().replace('.000', '');

const job = (
  spec: Partial<JobSpec> = {},
  status: JobStatus = {},
  metadata: Partial<Job['metadata']> = {},
): Job => ({
  metadata: { name: 'j', namespace: 'n', uid: 'job-uid', ...metadata },
  spec: {
    template: { spec: { containers: [], restartPolicy: 'Never' } },
    completions: 1,
    parallelism: 1,
    backoffLimit: 0,
    ...spec,
  },
  status,
});

const pod = (
  uid: string,
  phase: string,
  metadata: Partial<Pod['metadata']> = {},
  finishedAt = at(0),
): Pod => ({
  metadata: { name: uid, uid, finalizers: [trackingFinalizer], creationTimestamp: at(0), ...metadata },
  status: {
    phase,
    containerStatuses: [
      {
        name: 'c',
        image: 'i',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 1, finishedAt } },
      },
    ],
  },
});

const started: JobStatus = { startTime: at(0) };
const failure = {
  type: 'FailureTarget',
  status: 'True',
  reason: 'X',
  message: 'm',
  lastTransitionTime: at(0),
};

/** What a plan says, in short. */
function short(of: Job, pods: Pod[], seconds = 0) {
  const plan = decideJob(of, pods, start + seconds * 1000);
  return {
    create: plan.create,
    remove: plan.remove.map(({ metadata }) => metadata.uid),
    release: plan.release.map(({ metadata }) => metadata.uid),
    counts: [plan.status.active ?? 0, plan.status.succeeded ?? 0, plan.status.failed ?? 0],
    named: plan.status.uncountedTerminatedPods ?? {},
    conditions: (plan.status.conditions ?? []).map(({ type, status }) => `${type} ${status}`),
    again: plan.againAfterMs,
    expired: plan.expired,
  };
}
const nothing = {
  create: [],
  remove: [],
  release: [],
  counts: [0, 0, 0],
  named: {},
  conditions: [],
  again: undefined,
  expired: undefined,
};

describe('decideJob', () => {
  it.each<[string, Job, Pod[], Partial<ReturnType<typeof short>>, number?]>([
    ['a new job gets its pod', job(), [], { create: [0] }],
    ['a pod that waits or runs is enough', job({}, started), [pod('a', 'Running')], { counts: [1, 0, 0] }],
    [
      'a success is first named',
      job({}, started),
      [pod('a', 'Succeeded')],
      { named: { succeeded: ['a'] }, conditions: ['SuccessCriteriaMet True'] },
    ],
    [
      'then released',
      job({}, { ...started, uncountedTerminatedPods: { succeeded: ['a'] } }),
      [pod('a', 'Succeeded')],
      { named: { succeeded: ['a'] }, release: ['a'], conditions: ['SuccessCriteriaMet True'] },
    ],
    [
      'then a number, and the job is complete',
      job({}, { ...started, uncountedTerminatedPods: { succeeded: ['a'] } }),
      [pod('a', 'Succeeded', { finalizers: [] })],
      { counts: [0, 1, 0], conditions: ['SuccessCriteriaMet True', 'Complete True'] },
    ],
    [
      'the same when the pod is gone meanwhile',
      job({}, { ...started, uncountedTerminatedPods: { succeeded: ['a'] } }),
      [],
      { counts: [0, 1, 0], conditions: ['SuccessCriteriaMet True', 'Complete True'] },
    ],
    [
      'a failure with backoffLimit 0',
      job({}, started),
      [pod('a', 'Failed')],
      { named: { failed: ['a'] }, conditions: ['FailureTarget True'] },
    ],
    [
      'a failure that is counted',
      job({}, { ...started, uncountedTerminatedPods: { failed: ['a'] } }),
      [pod('a', 'Failed', { finalizers: [] })],
      { counts: [0, 0, 1], conditions: ['FailureTarget True', 'Failed True'] },
    ],
    [
      'another try waits 10 s',
      job({ backoffLimit: 3 }, { ...started, failed: 1 }),
      [pod('a', 'Failed', { finalizers: [] }, at(5))],
      { counts: [0, 0, 1], again: 8000 },
      7,
    ],
    [
      'and has the next number',
      job({ backoffLimit: 3 }, { ...started, failed: 1 }),
      [pod('a', 'Failed', { finalizers: [] }, at(5))],
      { counts: [0, 0, 1], create: [1] },
      15,
    ],
    [
      'a pod being deleted has failed',
      job({}, started),
      [pod('a', 'Running', { deletionTimestamp: at(1) })],
      { named: { failed: ['a'] }, conditions: ['FailureTarget True'] },
    ],
    ['several at a time', job({ completions: 5, parallelism: 2 }, started), [], { create: [0, 1] }],
    [
      'no more than are missing',
      job({ completions: 5, parallelism: 3 }, { ...started, succeeded: 3 }),
      [pod('a', 'Running')],
      { counts: [1, 3, 0], create: [4] },
    ],
    [
      'too many are taken down',
      job({ parallelism: 1, completions: 5 }, started),
      [pod('a', 'Running'), pod('b', 'Running')],
      { counts: [2, 0, 0], remove: ['b'] },
    ],
    [
      'a queue is done with its first success when all have ended',
      job({ completions: undefined, parallelism: 2 }, { ...started, succeeded: 1 }),
      [],
      { counts: [0, 1, 0], conditions: ['SuccessCriteriaMet True', 'Complete True'] },
    ],
    [
      'and starts no more meanwhile',
      job({ completions: undefined, parallelism: 2 }, { ...started, succeeded: 1 }),
      [pod('a', 'Running')],
      { counts: [1, 1, 0] },
    ],
    [
      'the deadline is waited for',
      job({ activeDeadlineSeconds: 60 }, started),
      [pod('a', 'Running')],
      { counts: [1, 0, 0], again: 50_000 },
      10,
    ],
    [
      'the deadline takes the pod down',
      job({ activeDeadlineSeconds: 60 }, started),
      [pod('a', 'Running')],
      { counts: [1, 0, 0], remove: ['a'], conditions: ['FailureTarget True'] },
      60,
    ],
    [
      'a failed job waits for the end of its pods',
      job({}, { ...started, conditions: [failure] }),
      [pod('a', 'Running', { deletionTimestamp: at(1), finalizers: [] })],
      { conditions: ['FailureTarget True'] },
    ],
    [
      'suspended: no pods',
      job({ suspend: true }, started),
      [pod('a', 'Running')],
      { counts: [1, 0, 0], remove: ['a'], conditions: ['Suspended True'] },
    ],
    [
      'a deleted job lets its pods go',
      job({}, started, { deletionTimestamp: at(1) }),
      [pod('a', 'Running')],
      { release: ['a'] },
    ],
    [
      'restarts in a pod count',
      job({ backoffLimit: 2, template: { spec: { containers: [], restartPolicy: 'OnFailure' } } }, started),
      [
        {
          ...pod('a', 'Running'),
          status: {
            phase: 'Running',
            containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount: 3 }],
          },
        },
      ],
      { counts: [1, 0, 0], remove: ['a'], conditions: ['FailureTarget True'] },
    ],
  ])('%s', (_name, of, pods, expected, seconds) => {
    expect(short(of, pods, seconds)).toEqual({ ...nothing, ...expected });
  });

  const end = { type: 'Complete', status: 'True', lastTransitionTime: at(0) };
  const ended: JobStatus = { ...started, succeeded: 1, conditions: [end] };
  it.each<[string, Job, Pod[], Partial<ReturnType<typeof short>>]>([
    ['stays as it is', job({}, ended), [], {}],
    ['has its time', job({ ttlSecondsAfterFinished: 100 }, ended), [], { again: 50_000 }],
    ['and then goes', job({ ttlSecondsAfterFinished: 50 }, ended), [], { expired: true }],
    ['lets late pods go', job({}, ended), [pod('a', 'Failed')], { release: ['a'] }],
  ])('a job that ended %s', (_name, of, pods, expected) => {
    expect(short(of, pods, 50)).toEqual({
      ...nothing,
      counts: [0, 1, 0],
      conditions: ['Complete True'],
      ...expected,
    });
  });
});

describe('podOf', () => {
  it('gives the same attempt the same name, another attempt or job another', () => {
    const names = [
      podName(job(), 0),
      podName(job(), 0),
      podName(job(), 1),
      podName(job({}, {}, { uid: 'other' }), 0),
    ];
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toMatch(/^j-[a-z0-9]{5}$/);
  });

  it('keeps names within 63 characters', () => {
    const name = 'x'.repeat(63);
    expect(podName(job({}, {}, { name }), 0)).toHaveLength(63);
  });

  it('belongs to its job', () => {
    const made = podOf(
      job({ template: { metadata: { labels: { app: 'a' } }, spec: { containers: [] } } }),
      0,
    );
    expect(made.metadata.labels).toMatchObject({
      app: 'a',
      'job-name': 'j',
      'batch.kubernetes.io/controller-uid': 'job-uid',
    });
    expect(made.metadata.finalizers).toEqual([trackingFinalizer]);
  });
});
