/** The status as a run changes it: begun, refused, failed, collected. */
import { conditionRows } from '../../api/conditions.ts';
import type { ConditionType } from '../../api/conditions.ts';
import { failureKinds } from '../../api/failures.ts';
import type { Failure } from '../../api/failures.ts';
import type { Condition, ScanStatus } from '../../api/status-schema.ts';
import { hasSucceeded, isTriggerChanged } from '../run.ts';
import { scanKindOf } from '../scan-kinds.ts';
import { cutEnd } from '../text.ts';
import type { World } from '../world.ts';
import { withoutConditions } from './conditions.ts';
import { failureEntry, set } from './entries.ts';
import type { Result } from './outcome.ts';
import { rfc3339 } from './times.ts';

const resetByRun: readonly ConditionType[] = ['Succeeded', 'SendingResults', 'PolicySucceeded'];

/** What a new run takes away: everything that was said of the old one, but for what spec.md §2 lets stay. */
function reset(world: World): ScanStatus {
  const {
    conditions,
    policyDigest: _digest,
    observedPolicyGeneration: _generation,
    violations: _violations,
    violationCount: _count,
    timings: _timings,
    failure: _failure,
    ...stays
  } = world.scan.status ?? {};
  return {
    ...stays,
    conditions: withoutConditions(conditions ?? [], resetByRun),
    observedGeneration: world.scan.metadata.generation,
    observedTemplateGeneration: world.template?.metadata.generation,
  };
}

export function started(world: World, jobName: string): ScanStatus {
  const status = reset(world);
  const last = runFailure(world);
  return {
    ...status,
    jobName,
    conditions: set(world, status.conditions ?? [], conditionRows.jobStarted),
    // The next attempt counts on from it.
    ...(last && { failure: { code: last.code, step: last.step, attempt: last.attempt } }),
  };
}

/** The failure of the run before, where the present one is another attempt at the same. */
function runFailure(world: World): ScanStatus['failure'] {
  const { status } = world.scan;
  const failure = status?.failure;
  const ofRun = failure?.step === 'job' || failure?.step === 'collect';
  return ofRun && !isTriggerChanged(world) && !hasSucceeded(status) ? failure : undefined;
}

export function refused(world: World, jobName: string, failure: Failure): ScanStatus {
  const attempt = (runFailure(world)?.attempt ?? 0) + 1;
  const status = { ...reset(world), jobName };
  return {
    ...status,
    conditions: scanFailed(world, status.conditions ?? [], failure),
    failure: failureEntry(world, failure, 'job', attempt),
  };
}

function scanFailed(world: World, conditions: readonly Condition[], failure: Failure): Condition[] {
  const scanning = conditions.some((condition) => condition.type === 'Scanning');
  const ended = scanning ? set(world, conditions, conditionRows.jobTerminated) : [...conditions];
  return set(world, ended, conditionRows.scanError, failure.message);
}

export function unprepared(world: World, failure: Failure): ScanStatus {
  const before = world.scan.status;
  const again =
    before?.failure?.step === 'prepare' && before.observedGeneration === world.scan.metadata.generation;
  const status = reset(world);
  const conditions = scanFailed(world, status.conditions ?? [], failure);
  const withTimes = keepTransitions(before?.conditions ?? [], conditions);
  return {
    ...status,
    conditions:
      failure.code === 'PolicyNotFound'
        ? keepTransitions(
            before?.conditions ?? [],
            set(world, withTimes, conditionRows.policyError, failure.message),
          )
        : withTimes,
    failure: failureEntry(world, failure, 'prepare', again ? (before.failure?.attempt ?? 0) + 1 : 1),
  };
}

/** For conditions that were reset and set to what they were: their status never changed. */
function keepTransitions(before: readonly Condition[], now: readonly Condition[]): Condition[] {
  return now.map((condition) => {
    const old = before.find(({ type, status }) => type === condition.type && status === condition.status);
    return old ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  });
}

export function runFailed(world: World, failure: Failure): ScanStatus {
  const status = world.scan.status ?? {};
  const { step } = failureKinds[failure.code];
  const before = status.failure;
  const counts = before?.step === 'job' || before?.step === 'collect';
  return {
    ...status,
    conditions: scanFailed(world, withoutConditions(status.conditions ?? [], resetByRun), failure),
    failure: failureEntry(
      world,
      failure,
      step === 'collect' ? 'collect' : 'job',
      (counts ? before.attempt : 0) + 1,
    ),
  };
}

export function collected(world: World, result: Result): ScanStatus {
  const { failure: _, ...status } = world.scan.status ?? {};
  const ended = set(world, status.conditions ?? [], conditionRows.jobTerminated);
  const { name, vendor, version } = result.scanner;
  const text = (value: string | undefined) => (value === undefined ? undefined : cutEnd(value, 256));
  return {
    ...status,
    conditions: set(world, ended, conditionRows.jobFinished),
    cveCount: result.counts,
    report: result.report,
    scannedBy: { scanner: { name: text(name), vendor: text(vendor), version: text(version) } },
    scannedAt: rfc3339(result.finishedAt),
    artifact: scanKindOf(world.kind).artifact(world.scan.spec, result.revision),
    metadataUrl: undefined,
    timings: result.timings,
  };
}
