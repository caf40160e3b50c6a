/**
 * The status of a scan after an outcome: a pure function of the world and what acting came to. Nothing else writes a
 * status, and nothing of it is written piece by piece.
 */
import type { Failure } from '../../api/failures.ts';
import type { ScanStatus } from '../../api/status-schema.ts';
import type { FailedAt } from '../decide/action.ts';
import { policyDigest } from '../job.ts';
import { conditionOf, hasSucceeded } from '../run.ts';
import type { World } from '../world.ts';
import { fit } from './fit.ts';
import { withJudgement } from './judgement.ts';
import type { Outcome } from './outcome.ts';
import { phaseOf } from './phase.ts';
import { collected, refused, runFailed, started, unprepared } from './runs.ts';
import { withSending } from './sending.ts';

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

function failed(world: World, at: FailedAt, failure: Failure): ScanStatus {
  switch (at) {
    case 'prepare':
      return unprepared(world, failure);
    case 'run':
      return runFailed(world, failure);
    case 'policy':
      return withJudgement(world, world.scan.status ?? {}, { is: 'error', by: undefined, failure });
  }
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
