/**
 * What to do next about a scan: a pure, total function of the world. Each step looks at one concern of spec.md §2–6
 * and either names an action or passes on; the order is the order of importance.
 */
import { hasSucceeded, isDeleting, isFinished, isSettled, jobNamed, timeOf, unsettledName } from '../run.ts';
import type { World } from '../world.ts';
import type { Action, Step } from './action.ts';
import { clean, keptUntil } from './clean.ts';
import { followRun, troubleFor } from './follow-run.ts';
import { adoptRun, endLeftover, startRun } from './start-run.ts';
import { judge, send } from './use-result.ts';

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

/** When time alone brings something to do; undefined where only a change does. */
function nextWake(world: World): number | undefined {
  const { scan, now, store, rules } = world;
  const times: (number | undefined)[] = world.jobs.map((job) => keptUntil(world, job));
  const running = unsettledName(world);
  const job = jobNamed(world, running);
  if (running !== undefined && !(job && isFinished(job))) {
    const trouble = job && troubleFor(world, job);
    // A watch tells of a pod that does not start only once: whatever it was, a run is looked at again.
    times.push(trouble?.is === 'none' ? trouble.wakeAt : now + rules.startTimeoutMs);
  }
  if (isSettled(scan.status)) times.push(timeOf(scan.status?.failure?.nextRetryAt));
  if (hasSucceeded(scan.status) && store.configured) times.push(store.nextSendAt);
  const ahead = times.filter((time) => time !== undefined && time > now && Number.isFinite(time));
  return ahead.length === 0 ? undefined : Math.min(...(ahead as number[]));
}
