/** Whether a status already says what went wrong: what is noted is not written, counted or told again. */
import { failureKinds } from '../api/failures.ts';
import type { Failure } from '../api/failures.ts';
import type { FailedAt } from './decide/action.ts';
import { conditionOf } from './run.ts';
import { retryDue } from './retry.ts';
import { errorText } from './summary/error-text.ts';
import { isCutOf } from './text.ts';
import type { World } from './world.ts';

/** @param at which condition carries it: Succeeded before a run, PolicySucceeded behind one */
export function isNoted({ scan, now }: World, at: FailedAt, failure: Failure): boolean {
  const { status } = scan;
  if (status?.failure?.code !== failure.code) return false;
  if (status.observedGeneration !== scan.metadata.generation) return false;
  const condition = conditionOf(status, at === 'policy' ? 'PolicySucceeded' : 'Succeeded');
  if (!isCutOf(condition?.error, errorText(failure.message))) return false;
  if (failureKinds[failure.code].retry !== 'retryable') return true;
  const due = retryDue(status);
  return due !== 'never' && due > now;
}
