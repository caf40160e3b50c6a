/** Single entries of a status: a condition, a failure. */
import type { ConditionRow } from '../../api/conditions.ts';
import type { Failure } from '../../api/failures.ts';
import type { Condition, FailureStep, ScanStatus } from '../../api/status-schema.ts';
import { nextRetryAt } from '../retry.ts';
import type { World } from '../world.ts';
import { withCondition } from './conditions.ts';
import { rfc3339, roundedUp } from './times.ts';

/** `conditions` with a row of spec.md §2 as of now. */
export function set(
  world: World,
  conditions: readonly Condition[],
  row: ConditionRow,
  error?: string,
): Condition[] {
  const at = { time: rfc3339(world.now), generation: world.scan.metadata.generation };
  return withCondition(conditions, row, at, error);
}

/** `status.failure`, with the time of the next try where there is one. */
export function failureEntry(
  world: World,
  failure: Failure,
  step: FailureStep,
  attempt: number,
): NonNullable<ScanStatus['failure']> {
  const retryAt = nextRetryAt(failure, attempt, world.now, world.rules);
  return {
    code: failure.code,
    step,
    attempt,
    ...(retryAt !== undefined && { nextRetryAt: rfc3339(roundedUp(retryAt)) }),
  };
}
