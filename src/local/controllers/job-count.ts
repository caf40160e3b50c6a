/**
 * Counts a Job's pods so that each counts once, whenever the controller is killed: a pod that ended is first named in
 * `status.uncountedTerminatedPods`, then loses its finalizer, then is only a number (Kubernetes' "job tracking with
 * finalizers").
 */
import type { Job, Pod } from '../../kube/builtin-types.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export interface PodCounts {
  readonly active: readonly Pod[];
  readonly ready: number;
  /** Being deleted and not yet ended. */
  readonly terminating: number;
  /** Everything that succeeded and failed, counted or not. */
  readonly succeeded: number;
  readonly failed: number;
  /** Restarts of containers in pods that restart them: they count against the backoff limit. */
  readonly restarts: number;
  /** What the status says as plain numbers now. */
  readonly countedSucceeded: number;
  readonly countedFailed: number;
  /** What the status names one by one now; empty lists are left out. */
  readonly uncountedUids: { succeeded?: string[]; failed?: string[] };
  /** Pods that ended and are not plain numbers yet. */
  readonly uncounted: readonly Pod[];
  /** Pods whose finalizer may go once the status is written. */
  readonly release: readonly Pod[];
  /** Every pod that has the finalizer. */
  readonly tracked: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly lastFailureAt: number | undefined;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

export function isEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** A pod that is being deleted has failed unless it has succeeded: it is replaced at once (the default policy). */
const hasFailed = (pod: Pod): boolean =>
  pod.status?.phase === 'Failed' ||
  (pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded');

export function countPods(job: Job, pods: readonly Pod[]): PodCounts {
  const tracked = pods.filter(isTracked);
  const trackedUids = new Set(tracked.map(uidOf));
  const before = job.status?.uncountedTerminatedPods ?? {};
  // Named before, and without a finalizer by now: from names to numbers.
  const settled = (uids: string[] | undefined): number =>
    (uids ?? []).filter((uid) => !trackedUids.has(uid)).length;
  const countedSucceeded = (job.status?.succeeded ?? 0) + settled(before.succeeded);
  const countedFailed = (job.status?.failed ?? 0) + settled(before.failed);
  const succeeded = tracked.filter((pod) => pod.status?.phase === 'Succeeded');
  const failed = tracked.filter(hasFailed);
  const active = pods.filter((pod) => !isEnded(pod) && !pod.metadata.deletionTimestamp);
  const isRestarting = job.spec?.template.spec?.restartPolicy === 'OnFailure';
  const named = new Set([...(before.succeeded ?? []), ...(before.failed ?? [])]);
  return {
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && !isEnded(pod)).length,
    succeeded: countedSucceeded + succeeded.length,
    failed: countedFailed + failed.length,
    restarts: isRestarting ? active.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0,
    countedSucceeded,
    countedFailed,
    uncountedUids: lists(succeeded.map(uidOf), failed.map(uidOf)),
    uncounted: [...succeeded, ...failed],
    release: [...succeeded, ...failed].filter((pod) => named.has(uidOf(pod))),
    tracked,
    lastFailureAt: lastFailure(pods),
  };
}

const uidOf = (pod: Pod): string => pod.metadata.uid ?? '';

function lists(succeeded: string[], failed: string[]): { succeeded?: string[]; failed?: string[] } {
  return {
    ...(succeeded.length > 0 ? { succeeded } : {}),
    ...(failed.length > 0 ? { failed } : {}),
  };
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function restartsOf({ status }: Pod): number {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

function lastFailure(pods: readonly Pod[]): number | undefined {
  const times = pods.filter(hasFailed).map((pod) => {
    const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
    const known = [...ends, pod.metadata.deletionTimestamp, pod.metadata.creationTimestamp].find(Boolean);
    return Date.parse(known ?? '');
  });
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length > 0 ? Math.max(...known) : undefined;
}
