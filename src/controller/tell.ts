/** What a change of status is worth telling: events for people, figures for machines. A pure function of both. */
import { isFailureCode } from '../api/failures.ts';
import type { ConditionType } from '../api/conditions.ts';
import type { Condition, ScanStatus } from '../api/status-schema.ts';
import { conditionOf } from './run.ts';

export interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** One for each change that a person cares about; nothing is said twice of the same run. */
export function tellings(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  return [
    ...started(before, after),
    ...failed(before, after),
    ...finished(before, after),
    ...judged(before, after),
    ...sent(before, after),
  ];
}

function became(
  before: ScanStatus | undefined,
  after: ScanStatus,
  type: ConditionType,
  status: Condition['status'],
): Condition | undefined {
  const now = conditionOf(after, type);
  if (now?.status !== status) return undefined;
  return conditionOf(before, type)?.status === status ? undefined : now;
}

function started(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  const running = conditionOf(after, 'Scanning')?.status === 'True';
  if (!running || before?.jobName === after.jobName) return [];
  const attempt = (after.failure?.attempt ?? 0) + 1;
  const which = attempt > 1 ? ` (attempt ${attempt})` : '';
  return [{ type: 'Normal', reason: 'ScanStarted', message: `Started job ${after.jobName}${which}` }];
}

function failed(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  const { failure } = after;
  if (!failure || !isFailureCode(failure.code)) return [];
  const old = before?.failure;
  // The failure of the attempt before stays in the status while the next one runs.
  if (old?.code === failure.code && old.attempt === failure.attempt && old.step === failure.step) return [];
  const message = errorOf(after, failure.step) ?? failure.code;
  return [{ type: 'Warning', reason: failure.code, message }];
}

function errorOf(status: ScanStatus, step: string): string | undefined {
  const type = step === 'policy' ? 'PolicySucceeded' : step === 'store' ? 'SendingResults' : 'Succeeded';
  return conditionOf(status, type)?.error;
}

function finished(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  if (!became(before, after, 'Succeeded', 'True') || !after.cveCount) return [];
  const { CVETOTAL, CRITICAL, HIGH, MEDIUM, LOW, UNKNOWN } = after.cveCount;
  const counts = `${CRITICAL} critical, ${HIGH} high, ${MEDIUM} medium, ${LOW} low, ${UNKNOWN} unknown`;
  return [
    {
      type: 'Normal',
      reason: 'ScanFinished',
      message: CVETOTAL === 0 ? 'Found no CVEs' : `Found ${CVETOTAL} CVEs: ${counts}`,
    },
  ];
}

function judged(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  const violated = conditionOf(after, 'PolicySucceeded');
  const same = conditionOf(before, 'PolicySucceeded')?.message === violated?.message;
  if (violated?.status === 'False' && !same)
    return [{ type: 'Warning', reason: 'PolicyViolated', message: violated.message }];
  const passed = became(before, after, 'PolicySucceeded', 'True');
  return passed ? [{ type: 'Normal', reason: 'PolicyPassed', message: passed.message }] : [];
}

function sent(before: ScanStatus | undefined, after: ScanStatus): Telling[] {
  const done = became(before, after, 'SendingResults', 'True');
  return done ? [{ type: 'Normal', reason: 'ResultsSent', message: done.message }] : [];
}
