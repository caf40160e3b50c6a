/** Whether the verdict that a status shows is still that of the policy as it is now. */
import { policyDigest } from './job.ts';
import { isPolicyMissing } from './prepare.ts';
import { conditionOf } from './run.ts';
import { retryDue } from './retry.ts';
import type { World } from './world.ts';

/**
 * - `none`: the scan names no policy.
 * - `missing`: it names one that is not there.
 * - `current`: the verdict speaks of the policy's present text.
 * - `stale`: it speaks of another text, there is none, or its error may be tried again.
 */
export type VerdictState = 'none' | 'missing' | 'current' | 'stale';

export function verdictState(world: World): VerdictState {
  if (isPolicyMissing(world)) return 'missing';
  if (!world.policy) return 'none';
  const { status } = world.scan;
  const judged = conditionOf(status, 'PolicySucceeded');
  if (!judged || status?.policyDigest !== policyDigest(world.policy)) return 'stale';
  return isPolicyRetryDue(world) ? 'stale' : 'current';
}

function isPolicyRetryDue({ scan: { status }, now }: World): boolean {
  if (status?.failure?.step !== 'policy') return false;
  const due = retryDue(status);
  return due !== 'never' && due <= now;
}
