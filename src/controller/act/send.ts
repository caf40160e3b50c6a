/** Sends the kept report to the metadata store. */
import { failureKinds, isFailureCode } from '../../api/failures.ts';
import type { Failure } from '../../api/failures.ts';
import { messageOf, ScanLinkError } from '../../lib/errors.ts';
import { retryWait } from '../retry.ts';
import type { Sending } from '../summary/outcome.ts';
import type { World } from '../world.ts';
import type { ActDeps } from './deps.ts';
import { readKept } from './judge.ts';

/** @throws only when `signal` fires */
export async function sendResults(deps: ActDeps, world: World, signal: AbortSignal): Promise<Sending> {
  const { uid = '' } = world.scan.metadata;
  if (!deps.store.isConfigured) {
    deps.sends.forget(uid);
    return { is: 'not-configured' };
  }
  try {
    const report = await readKept(deps, uid);
    if (!report) return failed(deps, world, reportGone);
    const { metadataUrl } = await deps.store.send(report, world.scan, world.kind, signal);
    deps.sends.forget(uid);
    return { is: 'sent', metadataUrl };
  } catch (error) {
    signal.throwIfAborted();
    return failed(deps, world, storeFailure(error));
  }
}

const reportGone: Failure = {
  code: 'ReportGone',
  message: 'the report is no longer kept here, so it cannot be sent; the next scan sends its own',
};

function storeFailure(error: unknown): Failure {
  const code = error instanceof ScanLinkError ? error.code : '';
  const known = isFailureCode(code) && failureKinds[code].step === 'store';
  return { code: known ? code : 'StoreUnreachable', message: messageOf(error) };
}

function failed({ sends }: ActDeps, { scan, now, rules }: World, failure: Failure): Sending {
  const { uid = '' } = scan.metadata;
  const attempt = sends.attempts(uid) + 1;
  const retryable = failureKinds[failure.code].retry === 'retryable';
  const nextAt = retryable ? now + retryWait(attempt, rules) : undefined;
  sends.failed(uid, nextAt ?? Number.POSITIVE_INFINITY);
  return { is: 'failed', failure, attempt, ...(nextAt !== undefined && { nextAt }) };
}
