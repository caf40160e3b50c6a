/**
 * What to do next about a scan: a pure, total function of the world. Each step below looks at one concern of spec.md
 * §2–6 and either names an action or passes on; the order is the order of importance.
 */
import type { Failure } from '../api/failures.ts';
import type { Job, Pod } from '../kube/builtin-types.ts';
import { diagnose } from './diagnose.ts';
import { isNoted } from './noted.ts';
import { policyNotFound, prepareProblem } from './prepare.ts';
import { retryDue } from './retry.ts';
import {
  conditionOf,
  finishedAt,
  hasSucceeded,
  isDeleting,
  isFinished,
  isLive,
  isSettled,
  isTriggerChanged,
  jobNamed,
  jobState,
  podOf,
  timeOf,
} from './run.ts';
import { jobNameFor, triggerOf } from './trigger.ts';
import { troubleOf } from './trouble.ts';
import type { Trouble } from './trouble.ts';
import { verdictState } from './verdict-state.ts';
import type { World } from './world.ts';

/** Before a run, during it, or when its report was judged: which conditions a failure changes. */
export type FailedAt = 'prepare' | 'run' | 'policy';

export type Action =
  /** Nothing until something changes, or until `wakeAt` (milliseconds since the epoch). */
  | { readonly do: 'rest'; readonly wakeAt?: number }
  /** Read jobs, pods, template and Secrets from the server, then decide again: a cache may be behind. */
  | { readonly do: 'look' }
  /** Read the events about the current job and its pod, then decide again. */
  | { readonly do: 'ask'; readonly job: Job; readonly pod: Pod | undefined }
  | { readonly do: 'start'; readonly jobName: string }
  /** A job was made, and the controller ended before the status said so. */
  | { readonly do: 'adopt'; readonly job: Job }
  /** Delete a job that must not run on. */
  | { readonly do: 'end'; readonly job: Job }
  | { readonly do: 'collect'; readonly job: Job; readonly pod: Pod }
  /** Write down what went wrong, with the last lines of the container in `quote`. */
  | {
      readonly do: 'fail';
      readonly at: FailedAt;
      readonly failure: Failure;
      readonly quote?: { readonly pod: Pod; readonly container: string; readonly fallback?: string };
    }
  | { readonly do: 'judge' }
  | { readonly do: 'send' }
  /** Delete a finished job whose time is over. */
  | { readonly do: 'clean'; readonly job: Job };

type Step = (world: World) => Action | undefined;

const steps: readonly Step[] = [followRun, adoptRun, endLeftover, startRun, judge, send, clean];

export function decide(world: World): Action {
  // What is being deleted is the garbage collector's; a finalizer of somebody else's may take its time.
  if (isDeleting(world.scan)) return { do: 'rest' };
  for (const step of steps) {
    const action = step(world);
    if (action) return action;
  }
  return { do: 'rest', wakeAt: nextWake(world) };
}

/** The job that the status names, and whose outcome it does not know yet. */
function unsettledName({ scan: { status } }: World): string | undefined {
  return isSettled(status) ? undefined : status?.jobName;
}

function followRun(world: World): Action | undefined {
  const name = unsettledName(world);
  if (name === undefined) return undefined;
  const job = jobNamed(world, name);
  const isSuperseded = isTriggerChanged(world);
  // The next run may start at once where nothing of this one is left.
  if (!job && isSuperseded && isFreeToStart(world)) return undefined;
  if (!job) return lookFirst(world) ?? failRun(jobLost(name));
  if (isSuperseded) return endSuperseded(world, job);
  switch (jobState(job)) {
    case 'complete':
      return collect(world, job);
    case 'failed':
      return explain(world, job);
    case 'active':
    case 'failing':
      return watchOver(world, job);
  }
}

/** What it would find is not wanted any more (spec.md §5: never two at once). */
function endSuperseded(world: World, job: Job): Action | undefined {
  if (isFinished(job)) return undefined;
  if (isDeleting(job)) return watchOver(world, job);
  return lookFirst(world) ?? { do: 'end', job };
}

function failRun(failure: Failure): Action {
  return { do: 'fail', at: 'run', failure };
}

function lookFirst({ looked }: World): Action | undefined {
  return looked ? undefined : { do: 'look' };
}

function jobLost(name: string): Failure {
  return { code: 'JobLost', message: `job ${name} was deleted before its result was collected` };
}

function collect(world: World, job: Job): Action {
  const pod = podOf(world, job);
  if (pod) return { do: 'collect', job, pod };
  const message = `the pod of job ${job.metadata.name} was deleted before its report was read`;
  return lookFirst(world) ?? failRun({ code: 'PodLost', message });
}

function explain(world: World, job: Job): Action {
  const pod = podOf(world, job);
  // The job's end may have reached us before the pod's.
  const look = !pod || isLive(pod) ? lookFirst(world) : undefined;
  if (look) return look;
  const { failure, quote } = diagnose(job, pod);
  return { do: 'fail', at: 'run', failure, ...(quote && pod && { quote: { pod, ...quote } }) };
}

function watchOver(world: World, job: Job): Action | undefined {
  const trouble = troubleFor(world, job);
  if (trouble.is === 'stuck') return failRun(trouble.failure);
  return trouble.is === 'unexplained' ? { do: 'ask', job, pod: podOf(world, job) } : undefined;
}

function troubleFor(world: World, job: Job): Trouble {
  const { complaints, troubleSince, now, rules } = world;
  return troubleOf({ job, pod: podOf(world, job), complaints, troubleSince, now, rules });
}

/** The name that the next run's job has, or would have. */
function nextJobName({ scan, template }: World): string | undefined {
  return template && jobNameFor(scan, triggerOf(scan, template), scan.status?.jobName);
}

function adoptRun(world: World): Action | undefined {
  const job = jobNamed(world, nextJobName(world));
  return job && isFreeToStart(world, job) ? { do: 'adopt', job } : undefined;
}

/** No other job or pod of this scan is there in which something may still run. */
function isFreeToStart(world: World, except?: Job): boolean {
  const isOther = (job: Job): boolean => job.metadata.uid !== except?.metadata.uid;
  const pods = world.pods.filter((pod) => !except || podOf(world, except)?.metadata.uid !== pod.metadata.uid);
  return !world.jobs.some((job) => isOther(job) && !isFinished(job)) && !pods.some(isLive);
}

/** Jobs that run for nothing: ended in trouble, superseded, or made by a controller that knew less than we do. */
function endLeftover(world: World): Action | undefined {
  const current = unsettledName(world);
  const next = nextJobName(world);
  const job = world.jobs.find(
    ({ metadata, ...rest }) =>
      metadata.name !== current &&
      metadata.name !== next &&
      !isFinished({ metadata, ...rest }) &&
      !isDeleting({ metadata }),
  );
  return job && { do: 'end', job };
}

function startRun(world: World): Action | undefined {
  if (!isRunNeeded(world)) return undefined;
  // Until a superseded job has ended, it is what the status speaks of.
  if (unsettledName(world) !== undefined && !isFreeToStart(world)) return undefined;
  const problem = prepareProblem(world);
  if (problem) return note(world, 'prepare', problem);
  // Foreground deletion keeps the old job until its pods are gone.
  if (!isFreeToStart(world)) return undefined;
  if (!world.looked) return { do: 'look' };
  if (world.looked.secretProblem) return note(world, 'prepare', world.looked.secretProblem);
  const jobName = nextJobName(world);
  return jobName === undefined ? undefined : { do: 'start', jobName };
}

function note(world: World, at: FailedAt, failure: Failure): Action | undefined {
  return isNoted(world, at, failure) ? undefined : { do: 'fail', at, failure };
}

/** Spec.md §5, line by line. */
function isRunNeeded(world: World): boolean {
  const { status } = world.scan;
  if (isTriggerChanged(world)) return true;
  if (!isSettled(status)) return false;
  if (!hasSucceeded(status)) return isRetryDue(world);
  return verdictState(world) === 'stale' && !isReportKept(world);
}

function isRetryDue({ scan: { status }, now }: World): boolean {
  const { failure } = status ?? {};
  // What was missing may be there now, whatever woke us: looking again costs no attempt.
  if (!failure || failure.step === 'prepare') return true;
  const due = retryDue(status);
  return due !== 'never' && due <= now;
}

function isReportKept({ scan: { status }, keptReport }: World): boolean {
  return keptReport !== undefined && keptReport === status?.report?.digest;
}

function judge(world: World): Action | undefined {
  if (unsettledName(world) !== undefined || !hasSucceeded(world.scan.status)) return undefined;
  switch (verdictState(world)) {
    case 'none':
    case 'current':
      return undefined;
    case 'missing':
      return note(world, 'policy', policyNotFound(world));
    case 'stale':
      return isReportKept(world) ? { do: 'judge' } : undefined;
  }
}

function send(world: World): Action | undefined {
  const { scan, store, now } = world;
  if (unsettledName(world) !== undefined || !hasSucceeded(scan.status)) return undefined;
  const sending = conditionOf(scan.status, 'SendingResults');
  if (sending?.status === 'True') return undefined;
  if (!store.configured) return sending?.reason === 'MetadataStoreNotConfigured' ? undefined : { do: 'send' };
  return (store.nextSendAt ?? now) <= now ? { do: 'send' } : undefined;
}

function clean(world: World): Action | undefined {
  const job = world.jobs.find((candidate) => {
    const until = keptUntil(world, candidate);
    return until !== undefined && until <= world.now && !isDeleting(candidate);
  });
  return job && { do: 'clean', job };
}

/** Until when a finished job stays: counted from when its result was collected, where that is known. */
function keptUntil(world: World, job: Job): number | undefined {
  if (!isFinished(job) || job.metadata.name === unsettledName(world)) return undefined;
  const { status } = world.scan;
  const collected =
    job.metadata.name === status?.jobName
      ? timeOf(conditionOf(status, 'Scanning')?.lastTransitionTime)
      : undefined;
  return Math.max(finishedAt(job) ?? 0, collected ?? 0) + world.rules.keepJobMs;
}

function nextWake(world: World): number | undefined {
  const { scan, now, store } = world;
  const times: (number | undefined)[] = world.jobs.map((job) => keptUntil(world, job));
  const job = jobNamed(world, unsettledName(world));
  if (job && !isFinished(job)) {
    const trouble = troubleFor(world, job);
    if (trouble.is === 'none') times.push(trouble.wakeAt);
  }
  if (isSettled(scan.status)) times.push(timeOf(scan.status?.failure?.nextRetryAt));
  if (hasSucceeded(scan.status) && store.configured) times.push(store.nextSendAt);
  const ahead = times.filter((time) => time !== undefined && time > now && Number.isFinite(time));
  return ahead.length === 0 ? undefined : Math.min(...(ahead as number[]));
}
