/** Makes worlds for tests: name what matters, the rest is filled in. Times count from `t0`. */
import { conditionRows, policyViolated } from '../api/conditions.ts';
import type { ConditionRow } from '../api/conditions.ts';
import type { ImageScan, Scan, ScanPolicy, ScanTemplate, SourceScan } from '../api/kinds.ts';
import { scanLabels } from '../api/labels.ts';
import type { Condition, ScanStatus } from '../api/status-schema.ts';
import type { ContainerStatus, Job, Pod } from '../kube/builtin-types.ts';
import { policyDigest } from './job.ts';
import { jobNameFor, triggerOf } from './trigger.ts';
import type { Rules, World } from './world.ts';

export const t0 = Date.parse('2026-01-01T00:00:00Z');

/** RFC 3339, `seconds` after `t0`. */
export function at(seconds: number): string {
  return `${new Date(t0 + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export const someRules: Rules = {
  retryBaseMs: 60_000,
  retryMaxMs: 3_600_000,
  keepJobMs: 600_000,
  startTimeoutMs: 30_000,
  scheduleTimeoutMs: 300_000,
  collectTimeoutMs: 120_000,
  graceMs: 60_000,
};

type Given<T> = { [K in keyof T]?: T[K] extends object | undefined ? Partial<NonNullable<T[K]>> : T[K] };

export function aSourceScan(given: Given<SourceScan> = {}): SourceScan {
  return {
    apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
    kind: 'SourceScan',
    metadata: {
      name: 'web',
      namespace: 'team',
      uid: 'scan-uid',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: at(0),
      ...given.metadata,
    },
    spec: {
      git: { url: 'https://example.test/web.git', revision: 'main', username: 'git' },
      scanTemplate: 'template',
      ...given.spec,
    },
    ...(given.status && { status: given.status }),
  };
}

export function anImageScan(given: Given<ImageScan> = {}): ImageScan {
  const { metadata } = aSourceScan({ metadata: given.metadata ?? {} });
  return {
    apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
    kind: 'ImageScan',
    metadata,
    spec: { registry: { image: 'registry.test/app:1' }, scanTemplate: 'template', ...given.spec },
    ...(given.status && { status: given.status }),
  };
}

export function aTemplate(
  template: object = { containers: [{ name: 'scanner', image: 'scan' }] },
): ScanTemplate {
  return {
    metadata: { name: 'template', namespace: 'team', uid: 'template-uid', generation: 1 },
    spec: { template: { ...template } },
  };
}

export function aPolicy(regoFile = 'package main\ndeny[m] { m := "no" }', generation = 1): ScanPolicy {
  return {
    metadata: { name: 'policy', namespace: 'team', uid: 'policy-uid', generation },
    spec: { regoFile },
  };
}

/** The name of the job that a world's next run has. */
export function nextName(scan: Scan, template: ScanTemplate = aTemplate()): string {
  return jobNameFor(scan, triggerOf(scan, template), scan.status?.jobName);
}

type JobEnd = 'active' | 'complete' | 'failed' | 'failing';

export interface JobGiven {
  readonly name?: string;
  readonly state?: JobEnd;
  /** Seconds after t0. */
  readonly created?: number;
  readonly ended?: number;
  readonly reason?: string;
  readonly deleting?: boolean;
  readonly owner?: string;
  readonly annotations?: Record<string, string>;
}

export function aJob(given: JobGiven = {}): Job {
  const { name = 'scan-web-x', state = 'active', created = 0, ended = 10, owner = 'scan-uid' } = given;
  const type = { complete: 'Complete', failed: 'Failed', failing: 'FailureTarget', active: '' }[state];
  const time = at(ended);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-of-${name}`,
      creationTimestamp: at(created),
      labels: { [scanLabels.uid]: owner },
      ...(given.annotations && { annotations: given.annotations }),
      ownerReferences: [
        { apiVersion: 'x/v1', kind: 'SourceScan', name: 'web', uid: owner, controller: true },
      ],
      ...(given.deleting && { deletionTimestamp: at(created) }),
    },
    spec: { activeDeadlineSeconds: 1800, template: { spec: { containers: [] } } },
    status: {
      startTime: at(created),
      ...(type && {
        conditions: [
          { type, status: 'True', lastTransitionTime: time, ...(given.reason && { reason: given.reason }) },
        ],
      }),
      ...(state === 'complete' && { completionTime: time }),
    },
  };
}

export interface PodGiven {
  readonly name?: string;
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly created?: number;
  readonly init?: readonly ContainerStatus[];
  readonly containers?: readonly ContainerStatus[];
  readonly conditions?: NonNullable<Pod['status']>['conditions'];
  /** Seconds after t0 at which its grace ended. */
  readonly deletedAt?: number;
  readonly node?: string;
}

export function aPod(job: Job, given: PodGiven = {}): Pod {
  const { phase = 'Running', created = 0, node = 'node-1' } = given;
  return {
    metadata: {
      name: given.name ?? `${job.metadata.name}-pod`,
      namespace: 'team',
      uid: `uid-of-${given.name ?? `${job.metadata.name}-pod`}`,
      creationTimestamp: at(created),
      labels: { ...job.metadata.labels },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name: job.metadata.name ?? '',
          uid: job.metadata.uid ?? '',
          controller: true,
        },
      ],
      ...(given.deletedAt !== undefined && { deletionTimestamp: at(given.deletedAt) }),
    },
    spec: { containers: [{ name: 'scanner', image: 'scan' }], ...(node && { nodeName: node }) },
    status: {
      phase,
      ...(given.reason && { reason: given.reason }),
      ...(given.message && { message: given.message }),
      conditions: given.conditions ?? [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: at(created) },
      ],
      ...(given.init && { initContainerStatuses: [...given.init] }),
      ...(given.containers && { containerStatuses: [...given.containers] }),
    },
  };
}

export function waiting(name: string, reason: string, message?: string): ContainerStatus {
  const state = { waiting: { reason, ...(message !== undefined && { message }) } };
  return { name, image: 'scan', imageID: '', ready: false, restartCount: 0, state };
}

export function running(name: string): ContainerStatus {
  const state = { running: { startedAt: at(0) } };
  return { name, image: 'scan', imageID: '', ready: true, restartCount: 0, state };
}

export function terminated(name: string, exitCode: number, more: object = {}): ContainerStatus {
  const state = { terminated: { exitCode, startedAt: at(1), finishedAt: at(9), ...more } };
  return { name, image: 'scan', imageID: '', ready: false, restartCount: 0, state };
}

export function condition(row: ConditionRow, more: Partial<Condition> = {}): Condition {
  return {
    type: row.type,
    status: row.status,
    reason: row.reason,
    message: row.message,
    observedGeneration: 1,
    lastTransitionTime: at(10),
    ...more,
  };
}

/** Statuses as the controller writes them. */
export const statuses = {
  scanning: (jobName: string): ScanStatus => ({
    phase: 'Scanning',
    conditions: [condition(conditionRows.jobStarted)],
    jobName,
    observedGeneration: 1,
    observedTemplateGeneration: 1,
  }),
  completed: (jobName: string, more: Partial<ScanStatus> = {}): ScanStatus => ({
    phase: 'Completed',
    conditions: [
      condition(conditionRows.jobTerminated),
      condition(conditionRows.jobFinished),
      condition(conditionRows.storeNotConfigured),
    ],
    jobName,
    cveCount: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0, CVETOTAL: 0 },
    report: { digest: 'sha256:1', components: 1, findings: 0 },
    artifact: { git: { url: 'https://example.test/web.git', revision: 'abc' } },
    compliantArtifact: { git: { url: 'https://example.test/web.git', revision: 'abc' } },
    observedGeneration: 1,
    observedTemplateGeneration: 1,
    ...more,
  }),
  judged: (jobName: string, policy: ScanPolicy, passed = true): ScanStatus => {
    const status = statuses.completed(jobName);
    const row = passed ? conditionRows.policyPassed : policyViolated(1);
    return {
      ...status,
      phase: passed ? 'Completed' : 'Failed',
      conditions: [...(status.conditions ?? []), condition(row)],
      policyDigest: policyDigest(policy),
      observedPolicyGeneration: policy.metadata.generation,
      violationCount: passed ? 0 : 1,
      ...(!passed && { compliantArtifact: undefined }),
    };
  },
  failed: (jobName: string, failure: NonNullable<ScanStatus['failure']>): ScanStatus => ({
    phase: 'Error',
    conditions: [
      condition(conditionRows.jobTerminated),
      condition(conditionRows.scanError, { error: 'something broke' }),
    ],
    jobName,
    failure,
    observedGeneration: 1,
    observedTemplateGeneration: 1,
  }),
} as const;

export function aWorld(given: Partial<World> = {}): World {
  return {
    now: t0 + 20_000,
    kind: 'SourceScan',
    scan: aSourceScan(),
    template: aTemplate(),
    policy: undefined,
    jobs: [],
    pods: [],
    looked: undefined,
    complaints: undefined,
    troubleSince: undefined,
    keptReport: undefined,
    store: { configured: false },
    rules: someRules,
    ...given,
  };
}

/** A scan whose job of the present trigger is `state`, as its status says or not yet. */
export function aRun(
  job: JobGiven = {},
  given: { spec?: Partial<SourceScan['spec']>; status?: (jobName: string) => ScanStatus } = {},
): { scan: SourceScan; job: Job } {
  const bare = aSourceScan({ spec: given.spec ?? {} });
  const name = nextName(bare);
  const status = (given.status ?? statuses.scanning)(name);
  return { scan: { ...bare, status }, job: aJob({ ...job, name }) };
}
