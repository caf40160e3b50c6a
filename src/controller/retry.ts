/** When a failure is tried again (spec.md §5). */
import { failureKinds } from '../api/failures.ts';
import type { Failure } from '../api/failures.ts';
import type { ScanStatus } from '../api/status-schema.ts';
import { timeOf } from './run.ts';
import type { Rules } from './world.ts';

/** Milliseconds to wait after the given attempt, counted from 1: the base, doubled each time, up to the maximum. */
export function retryWait(attempt: number, rules: Pick<Rules, 'retryBaseMs' | 'retryMaxMs'>): number {
  return Math.min(rules.retryMaxMs, rules.retryBaseMs * 2 ** Math.min(attempt - 1, 30));
}

/** When `failure` is tried again, or undefined where somebody has to act first. */
export function nextRetryAt(
  failure: Failure,
  attempt: number,
  now: number,
  rules: Rules,
): number | undefined {
  return failureKinds[failure.code].retry === 'retryable' ? now + retryWait(attempt, rules) : undefined;
}

/** When the failure in `status` is due again: `never` where nothing but a change helps. */
export function retryDue(status: ScanStatus | undefined): number | 'never' {
  return timeOf(status?.failure?.nextRetryAt) ?? 'never';
}
