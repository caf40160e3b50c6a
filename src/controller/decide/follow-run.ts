/** The run that the status names, until its outcome is known. */
import type { Failure } from '../../api/failures.ts';
import type { Job } from '../../kube/builtin-types.ts';
import { diagnose } from '../diagnose.ts';
import {
  isDeleting,
  isFinished,
  isLive,
  isTriggerChanged,
  jobNamed,
  jobState,
  podOf,
  unsettledName,
} from '../run.ts';
import { troubleOf } from '../trouble.ts';
import type { Trouble } from '../trouble.ts';
import type { World } from '../world.ts';
import type { Action } from './action.ts';
import { isFreeToStart } from './start-run.ts';

export function followRun(world: World): Action | undefined {
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

export function troubleFor(world: World, job: Job): Trouble {
  const { complaints, troubleSince, now, rules } = world;
  return troubleOf({ job, pod: podOf(world, job), complaints, troubleSince, now, rules });
}
