/** Judges a report by the scan's policy (spec.md §7). */
import { failureKinds, isFailureCode } from '../../api/failures.ts';
import type { Failure } from '../../api/failures.ts';
import type { ScanPolicy } from '../../api/kinds.ts';
import { messageOf, ScanLinkError } from '../../lib/errors.ts';
import type { Report } from '../../report/model.ts';
import { unpackReport } from '../../report/index.ts';
import { policyDigest } from '../job.ts';
import type { Judgement, Outcome } from '../summary/outcome.ts';
import type { World } from '../world.ts';
import type { ActDeps } from './deps.ts';

/** @throws only when `signal` fires: whatever else goes wrong is a judgement */
export async function judgeReport(
  deps: ActDeps,
  policy: ScanPolicy,
  report: Report,
  signal: AbortSignal,
): Promise<Judgement> {
  const by = { digest: policyDigest(policy), generation: policy.metadata.generation };
  const started = deps.clock.now();
  try {
    const verdict = await deps.policy.evaluate({
      source: policy.spec.regoFile,
      name: policy.metadata.name ?? '',
      report,
      limits: deps.policyLimits,
      signal,
    });
    return {
      is: 'verdict',
      by,
      passed: verdict.passed,
      violations: verdict.violations.map((violation) => violation.message),
      violationCount: verdict.violationCount,
      cveCount: verdict.cveCount,
      seconds: (deps.clock.now() - started) / 1000,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { is: 'error', by, failure: policyFailure(error) };
  }
}

/** What the engine threw; anything but its own codes is a defect of ours, and tried again. */
function policyFailure(error: unknown): Failure {
  const code = error instanceof ScanLinkError ? error.code : '';
  const known = isFailureCode(code) && failureKinds[code].step === 'policy';
  return { code: known ? code : 'Internal', message: messageOf(error) };
}

/** Applies the policy, as it is now, to the report that is kept. */
export async function judgeKept(deps: ActDeps, world: World, signal: AbortSignal): Promise<Outcome> {
  const { uid = '' } = world.scan.metadata;
  const report = world.policy && (await readKept(deps, uid));
  // Without a report, deciding again comes to a new run.
  if (!world.policy || !report) return { is: 'nothing' };
  return { is: 'judged', judgement: await judgeReport(deps, world.policy, report, signal) };
}

/** The report that is kept of a scan; one that cannot be read is forgotten. */
export async function readKept({ shelf, log }: ActDeps, uid: string): Promise<Report | undefined> {
  const packed = await shelf.read(uid);
  if (!packed) return undefined;
  try {
    return unpackReport(packed);
  } catch (error) {
    log.warn({ uid, error: messageOf(error) }, 'a kept report is of no use');
    await shelf.remove(uid);
    return undefined;
  }
}
