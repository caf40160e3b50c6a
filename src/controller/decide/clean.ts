/** Finished jobs, and how long they stay (spec.md §6). */
import type { Job } from '../../kube/builtin-types.ts';
import { conditionOf, finishedAt, isDeleting, isFinished, timeOf, unsettledName } from '../run.ts';
import type { World } from '../world.ts';
import type { Action } from './action.ts';

export function clean(world: World): Action | undefined {
  const job = world.jobs.find((candidate) => {
    const until = keptUntil(world, candidate);
    return until !== undefined && until <= world.now && !isDeleting(candidate);
  });
  return job && { do: 'clean', job };
}

/** Until when a finished job stays: counted from when its result was collected, where that is known. */
export function keptUntil(world: World, job: Job): number | undefined {
  if (!isFinished(job) || job.metadata.name === unsettledName(world)) return undefined;
  const { status } = world.scan;
  const collected =
    job.metadata.name === status?.jobName
      ? timeOf(conditionOf(status, 'Scanning')?.lastTransitionTime)
      : undefined;
  return Math.max(finishedAt(job) ?? 0, collected ?? 0) + world.rules.keepJobMs;
}
