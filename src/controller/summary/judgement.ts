/** The status as a verdict changes it. */
import { conditionRows, policyViolated } from '../../api/conditions.ts';
import type { ScanStatus } from '../../api/status-schema.ts';
import { cutEnd } from '../text.ts';
import type { World } from '../world.ts';
import { failureEntry, set } from './entries.ts';
import type { Judgement } from './outcome.ts';
import { seconds } from './times.ts';

export function withJudgement(world: World, status: ScanStatus, judgement: Judgement): ScanStatus {
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
