/**
 * The status of a scan after an outcome: a pure function of the world and what acting came to. Nothing else writes a
 * status, and nothing of it is written piece by piece.
 */
import { conditionRows, policyViolated } from '../../api/conditions.ts';
import type { ConditionRow, ConditionType } from '../../api/conditions.ts';
import { failureKinds } from '../../api/failures.ts';
import type { Failure } from '../../api/failures.ts';
import type { Condition, FailureStep, ScanStatus } from '../../api/status-schema.ts';
import { policyDigest } from '../job.ts';
import { nextRetryAt } from '../retry.ts';
import { conditionOf, hasSucceeded, isTriggerChanged } from '../run.ts';
import { scanKindOf } from '../scan-kinds.ts';
import { cutEnd } from '../text.ts';
import type { World } from '../world.ts';
import { withCondition, withoutConditions } from './conditions.ts';
import { fit } from './fit.ts';
import type { Judgement, Outcome, Result, Sending } from './outcome.ts';
import { phaseOf } from './phase.ts';

export function summarise(world: World, outcome: Outcome): ScanStatus {
  return finish(world, after(world, outcome));
}

function after(world: World, outcome: Outcome): ScanStatus {
  const status = world.scan.status ?? {};
  switch (outcome.is) {
    case 'nothing':
      return status;
    case 'started':
      return started(world, outcome.jobName);
    case 'refused':
      return refused(world, outcome.jobName, outcome.failure);
    case 'failed':
      return failed(world, outcome.at, outcome.failure);
    case 'collected': {
      const read = collected(world, outcome.result);
      const judged = outcome.judgement ? withJudgement(world, read, outcome.judgement) : read;
      return outcome.sending ? withSending(world, judged, outcome.sending) : judged;
    }
    case 'judged':
      return withJudgement(world, status, outcome.judgement);
    case 'sent':
      return withSending(world, status, outcome.sending);
  }
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** To whole seconds: what is due at a time must be due when that time, as written, has come. */
function roundedUp(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

function set(world: World, conditions: readonly Condition[], row: ConditionRow, error?: string): Condition[] {
  const at = { time: rfc3339(world.now), generation: world.scan.metadata.generation };
  return withCondition(conditions, row, at, error);
}

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

function started(world: World, jobName: string): ScanStatus {
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

function refused(world: World, jobName: string, failure: Failure): ScanStatus {
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

function failureEntry(world: World, failure: Failure, step: FailureStep, attempt: number) {
  const retryAt = nextRetryAt(failure, attempt, world.now, world.rules);
  return {
    code: failure.code,
    step,
    attempt,
    ...(retryAt !== undefined && { nextRetryAt: rfc3339(roundedUp(retryAt)) }),
  };
}

function failed(world: World, at: 'prepare' | 'run' | 'policy', failure: Failure): ScanStatus {
  switch (at) {
    case 'prepare':
      return unprepared(world, failure);
    case 'run':
      return runFailed(world, failure);
    case 'policy':
      return withJudgement(world, world.scan.status ?? {}, { is: 'error', by: undefined, failure });
  }
}

function unprepared(world: World, failure: Failure): ScanStatus {
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

function runFailed(world: World, failure: Failure): ScanStatus {
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

function collected(world: World, result: Result): ScanStatus {
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

function withJudgement(world: World, status: ScanStatus, judgement: Judgement): ScanStatus {
  const { violations: _v, violationCount: _c, policyDigest: _d, failure, ...rest } = status;
  const conditions = status.conditions ?? [];
  const judged = {
    policyDigest: judgement.by?.digest,
    observedPolicyGeneration: judgement.by?.generation,
  };
  if (judgement.is === 'error') {
    const again = failure?.step === 'policy' && status.policyDigest === judgement.by?.digest;
    return {
      ...rest,
      ...judged,
      conditions: set(world, conditions, conditionRows.policyError, judgement.failure.message),
      failure: failureEntry(world, judgement.failure, 'policy', again ? failure.attempt + 1 : 1),
    };
  }
  const row = judgement.passed ? conditionRows.policyPassed : policyViolated(judgement.cveCount);
  return {
    ...rest,
    ...judged,
    conditions: judgement.by ? set(world, conditions, row) : [...conditions],
    violationCount: judgement.violationCount,
    violations:
      judgement.violations.length === 0
        ? undefined
        : judgement.violations.slice(0, 50).map((message) => cutEnd(message, 1024)),
    failure: failure?.step === 'store' ? failure : undefined,
    timings:
      judgement.seconds === undefined
        ? status.timings
        : { ...status.timings, policy: seconds(judgement.seconds) },
  };
}

/** Milliseconds are as exact as anybody reads. */
export function seconds(value: number): number {
  return Math.round(Math.max(0, value) * 1000) / 1000;
}

function withSending(world: World, status: ScanStatus, sending: Sending): ScanStatus {
  const conditions = status.conditions ?? [];
  const free = status.failure === undefined || status.failure.step === 'store';
  switch (sending.is) {
    case 'not-configured':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.storeNotConfigured),
        failure: free ? undefined : status.failure,
      };
    case 'sent':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.resultsSent),
        metadataUrl: sending.metadataUrl,
        failure: free ? undefined : status.failure,
      };
    case 'failed':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.sendingError, sending.failure.message),
        failure: free ? storeFailure(sending) : status.failure,
      };
  }
}

function storeFailure({ failure, attempt, nextAt }: Sending & { is: 'failed' }): ScanStatus['failure'] {
  return {
    code: failure.code,
    step: 'store',
    attempt,
    ...(nextAt !== undefined && { nextRetryAt: rfc3339(roundedUp(nextAt)) }),
  };
}

/** What follows from the rest: phase and compliant artifact. */
function finish(world: World, status: ScanStatus): ScanStatus {
  const conditions = status.conditions ?? [];
  const { compliantArtifact: _, ...rest } = status;
  const whole: ScanStatus = {
    ...rest,
    conditions,
    phase: phaseOf(conditions),
    compliantArtifact: isCompliant(world, { ...rest, conditions }) ? status.artifact : undefined,
  };
  return fit(withoutUndefined(whole), world.scan);
}

/**
 * Supply chains go on when the compliant artifact is there, so it is there only while a verdict on the policy's
 * present text says so: not while a changed policy is still being applied, nor when the policy is gone.
 */
function isCompliant(world: World, status: ScanStatus): boolean {
  if (!hasSucceeded(status) || status.artifact === undefined) return false;
  if (world.scan.spec.scanPolicy === undefined) return (status.violationCount ?? 0) === 0;
  return (
    conditionOf(status, 'PolicySucceeded')?.status === 'True' &&
    world.policy !== undefined &&
    status.policyDigest === policyDigest(world.policy)
  );
}

function withoutUndefined(status: ScanStatus): ScanStatus {
  return JSON.parse(JSON.stringify(status)) as ScanStatus;
}
