/** Whether a run is needed, what is in its way, and the job that it has or gets (spec.md §5). */
import type { Failure } from '../../api/failures.ts';
import type { Job } from '../../kube/builtin-types.ts';
import { isNoted } from '../noted.ts';
import { prepareProblem } from '../prepare.ts';
import { retryDue } from '../retry.ts';
import {
  hasSucceeded,
  isDeleting,
  isFinished,
  isLive,
  isSettled,
  isTriggerChanged,
  jobNamed,
  podOf,
  unsettledName,
} from '../run.ts';
import { jobNameFor, triggerOf } from '../trigger.ts';
import { verdictState } from '../verdict-state.ts';
import type { World } from '../world.ts';
import type { Action, FailedAt } from './action.ts';

/** The name that the next run's job has, or would have. */
function nextJobName({ scan, template }: World): string | undefined {
  return template && jobNameFor(scan, triggerOf(scan, template), scan.status?.jobName);
}

export function adoptRun(world: World): Action | undefined {
  const job = jobNamed(world, nextJobName(world));
  return job && isFreeToStart(world, job) ? { do: 'adopt', job } : undefined;
}

/** No other job or pod of this scan is there in which something may still run. */
export function isFreeToStart(world: World, except?: Job): boolean {
  const isOther = (job: Job): boolean => job.metadata.uid !== except?.metadata.uid;
  const pods = world.pods.filter((pod) => !except || podOf(world, except)?.metadata.uid !== pod.metadata.uid);
  return !world.jobs.some((job) => isOther(job) && !isFinished(job)) && !pods.some(isLive);
}

/** Jobs that run for nothing: ended in trouble, superseded, or made by a controller that knew less than we do. */
export function endLeftover(world: World): Action | undefined {
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

export function startRun(world: World): Action | undefined {
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

/** What is not noted yet is written down; what is, is no reason to act. */
export function note(world: World, at: FailedAt, failure: Failure): Action | undefined {
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

/** Whether the report that the status speaks of is still here. */
export function isReportKept({ scan: { status }, keptReport }: World): boolean {
  return keptReport !== undefined && keptReport === status?.report?.digest;
}
