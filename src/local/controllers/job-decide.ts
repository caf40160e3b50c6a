/** What a Job needs next, from what there is: pure, after the rules and in the words of Kubernetes' own Job controller. */
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { kubeTime } from '../../kube/time.ts';
import { countPods, isEnded } from './job-count.ts';
import type { PodCounts } from './job-count.ts';

export type JobStatus = NonNullable<Job['status']>;
type Condition = NonNullable<JobStatus['conditions']>[number];

export interface JobPlan {
  /** What the status should be. */
  readonly status: JobStatus;
  /** Pods that have been counted in the status as it is now: their tracking finalizer may go. */
  readonly release: readonly Pod[];
  readonly remove: readonly Pod[];
  /** The attempt number of each pod to make; it decides the pod's name, so that none is made twice. */
  readonly create: readonly number[];
  /** Look again after so long, even if nothing changes. */
  readonly againAfterMs?: number;
  /** The job has had its time after its end. */
  readonly expired?: boolean;
}

const completed = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
const backoffExceeded = {
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};
const deadlineExceeded = {
  reason: 'DeadlineExceeded',
  message: 'Job was active longer than specified deadline',
};

/** Between pods of a job: 10 s after the first failure, doubling to 6 min. */
const retry = { baseMs: 10_000, maxMs: 360_000 };

export function condition(status: JobStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type && one.status === 'True');
}

export function finished(job: Job): Condition | undefined {
  return condition(job.status, 'Complete') ?? condition(job.status, 'Failed');
}

export function decideJob(job: Job, pods: readonly Pod[], now: number): JobPlan {
  const end = finished(job);
  if (end) return afterEnd(job, pods, end, now);
  const counts = countPods(job, pods);
  if (job.metadata.deletionTimestamp) {
    return { status: job.status ?? {}, release: counts.tracked, remove: [], create: [] };
  }
  const verdict = verdictOf(job, counts, now);
  if (verdict) return ending(job, counts, verdict, now);
  if (job.spec?.suspend) return suspended(job, counts, now);
  return running(job, counts, now);
}

interface Verdict {
  readonly isSuccess: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Whether the job is decided, though pods of it may still run. */
function verdictOf(job: Job, counts: PodCounts, now: number): Verdict | undefined {
  const target = condition(job.status, 'FailureTarget');
  if (target) return { isSuccess: false, reason: target.reason ?? '', message: target.message ?? '' };
  const met = condition(job.status, 'SuccessCriteriaMet');
  if (met) return { isSuccess: true, reason: met.reason ?? '', message: met.message ?? '' };
  const { backoffLimit = 6, completions, suspend } = job.spec ?? {};
  if (counts.failed + counts.restarts > backoffLimit) return { isSuccess: false, ...backoffExceeded };
  const left = deadlineLeft(job, now);
  if (!suspend && left !== undefined && left <= 0) return { isSuccess: false, ...deadlineExceeded };
  // Without completions, any success is the end once nothing runs any more.
  const isComplete =
    completions === undefined
      ? counts.succeeded > 0 && counts.active.length === 0
      : counts.succeeded >= completions;
  return isComplete ? { isSuccess: true, ...completed } : undefined;
}

function deadlineLeft(job: Job, now: number): number | undefined {
  const { startTime } = job.status ?? {};
  const seconds = job.spec?.activeDeadlineSeconds;
  return seconds === undefined || !startTime ? undefined : Date.parse(startTime) + seconds * 1000 - now;
}

/** Decided: what still runs is taken down, and when all is counted the job says that it ended. */
function ending(job: Job, counts: PodCounts, verdict: Verdict, now: number): JobPlan {
  const { isSuccess, reason, message } = verdict;
  const isOver = counts.active.length === 0 && counts.uncounted.length === 0 && counts.terminating === 0;
  const said = (type: string): Condition => made(job, type, reason, message, now);
  const conditions = [said(isSuccess ? 'SuccessCriteriaMet' : 'FailureTarget')];
  if (isOver) conditions.push(said(isSuccess ? 'Complete' : 'Failed'));
  const status = statusOf(job, counts, now, conditions);
  if (isOver && isSuccess) status.completionTime = kubeTime(now);
  return { status, release: counts.release, remove: counts.active, create: [] };
}

function suspended(job: Job, counts: PodCounts, now: number): JobPlan {
  const status = statusOf(job, counts, now, [made(job, 'Suspended', 'JobSuspended', 'Job suspended', now)]);
  delete status.startTime;
  return { status, release: counts.release, remove: counts.active, create: [] };
}

function running(job: Job, counts: PodCounts, now: number): JobPlan {
  const { parallelism = 1, completions } = job.spec ?? {};
  const wasSuspended = condition(job.status, 'Suspended');
  const resumed = { ...made(job, 'Suspended', 'JobResumed', 'Job resumed', now), status: 'False' };
  const status = statusOf(job, counts, now, wasSuspended ? [resumed] : []);
  const missing = completions === undefined ? parallelism : completions - counts.succeeded;
  // A queue's workers that saw its end are not replaced.
  const isDraining = completions === undefined && counts.succeeded > 0;
  const wanted = isDraining ? counts.active.length : Math.min(parallelism, missing);
  const lacking = Math.max(0, wanted - counts.active.length);
  const wait = lacking > 0 ? retryWait(counts, now) : 0;
  const first = counts.succeeded + counts.failed + counts.active.length;
  return {
    status,
    release: counts.release,
    remove: counts.active.slice(wanted),
    create: wait > 0 ? [] : Array.from({ length: lacking }, (_, index) => first + index),
    againAfterMs: earliest(wait || undefined, deadlineLeft({ ...job, status }, now)),
  };
}

const earliest = (...times: (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

function retryWait(counts: PodCounts, now: number): number {
  if (counts.failed === 0 || counts.lastFailureAt === undefined) return 0;
  const ms = Math.min(retry.maxMs, retry.baseMs * 2 ** Math.min(20, counts.failed - 1));
  return Math.max(0, counts.lastFailureAt + ms - now);
}

function afterEnd(job: Job, pods: readonly Pod[], end: Condition, now: number): JobPlan {
  const base = { status: job.status ?? {}, create: [], remove: pods.filter((pod) => !isEnded(pod)) };
  const { tracked: release } = countPods(job, pods);
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined) return { ...base, release };
  const left = Date.parse(end.lastTransitionTime ?? '') + ttl * 1000 - now;
  return left <= 0 ? { ...base, release, expired: true } : { ...base, release, againAfterMs: left };
}

/** The condition as it stands, or a new one. */
function made(job: Job, type: string, reason: string, message: string, now: number): Condition {
  const time = kubeTime(now);
  const fresh = { type, status: 'True', reason, message, lastProbeTime: time, lastTransitionTime: time };
  const old = condition(job.status, type);
  return old?.reason === reason ? old : fresh;
}

function statusOf(job: Job, counts: PodCounts, now: number, conditions: readonly Condition[]): JobStatus {
  const others = (job.status?.conditions ?? []).filter(
    ({ type }) => !conditions.some((one) => one.type === type),
  );
  const all = [...others, ...conditions];
  return {
    startTime: job.status?.startTime ?? kubeTime(now),
    // Zero is left out, as the real controller's `omitempty` does.
    active: counts.active.length || undefined,
    ready: counts.ready,
    terminating: counts.terminating,
    succeeded: counts.countedSucceeded || undefined,
    failed: counts.countedFailed || undefined,
    uncountedTerminatedPods: counts.uncountedUids,
    conditions: all.length > 0 ? all : undefined,
  };
}
