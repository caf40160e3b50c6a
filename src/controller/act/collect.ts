/** Reads what a finished job found (spec.md §6, the two result contracts). */
import { failureKinds, isFailureCode } from '../../api/failures.ts';
import type { Failure } from '../../api/failures.ts';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { isNotFound } from '../../kube/errors.ts';
import { messageOf, ScanLinkError } from '../../lib/errors.ts';
import { countReport, packReport, readReport } from '../../report/index.ts';
import { resultContainerOf } from '../pod/pod-template.ts';
import { isPolicyMissing, policyNotFound } from '../prepare.ts';
import { createdAt, finishedAt } from '../run.ts';
import { cutEnd } from '../text.ts';
import type { Judgement, Outcome, Result, Sending } from '../summary/outcome.ts';
import { seconds } from '../summary/times.ts';
import type { World } from '../world.ts';
import type { ActDeps } from './deps.ts';
import { judgeReport } from './judge.ts';
import { collectSummary } from './collect-summary.ts';
import { openLog, podTimings } from './pod-log.ts';
import { sendResults } from './send.ts';

/**
 * Reads the report of a job that ended well, keeps it, and judges it.
 * @throws ScanLinkError `LogsUnavailable` while the log may still become readable; whatever the report itself is, is
 * an outcome
 */
export async function collect(
  deps: ActDeps,
  world: World,
  job: Job,
  pod: Pod,
  signal: AbortSignal,
): Promise<Outcome> {
  const contract = pod.spec && resultContainerOf(pod.spec);
  if (!contract)
    return failed({
      code: 'ResultContainerMissing',
      message: `pod ${pod.metadata.name} has no container named scanner or summary, so there is no result`,
    });
  // A node that stops in the middle of a log must not hold a worker for ever.
  const late = new AbortController();
  const cancel = deps.clock.after(world.rules.collectTimeoutMs, () =>
    late.abort(new Error(`it was not read within ${world.rules.collectTimeoutMs / 1000} s`)),
  );
  const limited = AbortSignal.any([signal, late.signal]);
  try {
    return contract === 'scanner'
      ? await collectReport(deps, world, job, pod, limited)
      : await collectSummary(deps, world, job, pod, limited);
  } catch (error) {
    signal.throwIfAborted();
    return failed(collectFailure(error, { ...world, now: deps.clock.now() }, job, pod));
  } finally {
    cancel();
  }
}

function failed(failure: Failure): Outcome {
  return { is: 'failed', at: 'run', failure };
}

/** What is wrong with a report is final; that a log cannot be read, for a while, is not. */
function collectFailure(error: unknown, { now, rules }: World, job: Job, pod: Pod): Failure {
  const code = error instanceof ScanLinkError ? error.code : '';
  if (isFailureCode(code) && failureKinds[code].step === 'collect')
    return { code, message: messageOf(error) };
  const name = pod.metadata.name;
  if (isNotFound(error))
    return { code: 'PodLost', message: `pod ${name} was deleted before its report was read` };
  const message = `the log of pod ${name} cannot be read: ${messageOf(error)}`;
  if (now >= (finishedAt(job) ?? createdAt(job)) + rules.collectTimeoutMs)
    return { code: 'LogsUnavailable', message };
  throw new ScanLinkError(message, { code: 'LogsUnavailable', retry: 'retryable', cause: error });
}

async function collectReport(
  deps: ActDeps,
  world: World,
  job: Job,
  pod: Pod,
  signal: AbortSignal,
): Promise<Outcome> {
  const started = deps.clock.now();
  const log = await openLog(deps, pod, 'scanner', signal);
  const { report, digest } = await readReport(log, { signal });
  await deps.shelf.put(world.scan.metadata.uid ?? '', digest, packReport(report));
  const { counts, components, findings } = countReport(report);
  const result: Result = {
    counts,
    report: { digest, components, findings, ...(report.db && { db: shortened(report.db) }) },
    scanner: report.scanner,
    revision: report.subject?.version,
    finishedAt: finishedAt(job) ?? deps.clock.now(),
    timings: { ...podTimings(job, pod), collect: seconds((deps.clock.now() - started) / 1000) },
  };
  const { policy } = world;
  const judgement = policy ? await judgeReport(deps, policy, report, signal) : withoutPolicy(world);
  return { is: 'collected', result, judgement, sending: await sendLater(deps, world, signal) };
}

/** The policy was there when the job was made, and is gone now: its text went with it. */
function withoutPolicy(world: World): Judgement | undefined {
  if (!isPolicyMissing(world)) return undefined;
  return { is: 'error', by: undefined, failure: policyNotFound(world) };
}

/** A result is shown before it is sent: a store may be slow. Without a store there is nothing to wait for. */
async function sendLater(deps: ActDeps, world: World, signal: AbortSignal): Promise<Sending | undefined> {
  deps.sends.forget(world.scan.metadata.uid ?? '');
  return deps.store.isConfigured ? undefined : await sendResults(deps, world, signal);
}

function shortened(db: NonNullable<Result['report']['db']>): Result['report']['db'] {
  const text = (value: string | undefined) => (value === undefined ? undefined : cutEnd(value, 128));
  return { name: text(db.name), version: text(db.version), date: text(db.date) };
}
