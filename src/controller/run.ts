/** Where the run that a status names stands. */
import type { Condition, ScanStatus } from '../api/status-schema.ts';
import type { ConditionType } from '../api/conditions.ts';
import type { Job, Pod } from '../kube/builtin-types.ts';
import { scanMark, templateMark, triggerIn } from './trigger.ts';
import type { World } from './world.ts';

export function conditionOf(status: ScanStatus | undefined, type: ConditionType): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** A run is settled when its outcome is in the status; a new one resets Succeeded (spec.md §2). */
export function isSettled(status: ScanStatus | undefined): boolean {
  return status?.jobName === undefined || conditionOf(status, 'Succeeded') !== undefined;
}

/** The job that the status names, and whose outcome it does not know yet. */
export function unsettledName({ scan: { status } }: World): string | undefined {
  return isSettled(status) ? undefined : status?.jobName;
}

export function hasSucceeded(status: ScanStatus | undefined): boolean {
  return conditionOf(status, 'Succeeded')?.status === 'True';
}

/**
 * Whether scan or template have changed since the run of `status.jobName` was started. A template that is not there
 * has not changed: a finished scan needs none, and a running job has its copy.
 */
export function isTriggerChanged(world: World): boolean {
  const jobName = world.scan.status?.jobName;
  const ran = jobName === undefined ? undefined : triggerIn(jobName);
  if (!ran) return true;
  return (
    ran.scan !== scanMark(world.scan) ||
    (world.template !== undefined && ran.template !== templateMark(world.template))
  );
}

/** `failing`: the Job controller has given up and still waits for pods to end. */
export type JobState = 'active' | 'failing' | 'complete' | 'failed';

export function jobState(job: Job): JobState {
  const holds = (type: string): boolean =>
    job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ??
    false;
  if (holds('Complete')) return 'complete';
  if (holds('Failed')) return 'failed';
  return holds('FailureTarget') ? 'failing' : 'active';
}

export function isFinished(job: Job): boolean {
  const state = jobState(job);
  return state === 'complete' || state === 'failed';
}

/** When a finished job ended, in milliseconds; undefined where nobody wrote it down. */
export function finishedAt(job: Job): number | undefined {
  const ended = job.status?.conditions?.find(
    (condition) =>
      (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
  return timeOf(job.status?.completionTime ?? ended?.lastTransitionTime);
}

export function timeOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? undefined : parsed;
}

export function jobNamed(world: World, name: string | undefined): Job | undefined {
  return name === undefined ? undefined : world.jobs.find((job) => job.metadata.name === name);
}

/** The pod of a job: there is one, since a job never tries twice; of several the one that was made last. */
export function podOf(world: World, job: Job): Pod | undefined {
  const pods = world.pods.filter((pod) =>
    pod.metadata.ownerReferences?.some((owner) => owner.uid === job.metadata.uid),
  );
  return pods.toSorted((a, b) => createdAt(b) - createdAt(a))[0];
}

export function createdAt(object: Pick<Job, 'metadata'>): number {
  return timeOf(object.metadata.creationTimestamp) ?? 0;
}

export function isDeleting(object: Pick<Job, 'metadata'>): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** A pod in which something may still run. */
export function isLive(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}
