/** The `summary` contract (spec.md §6): the steps inside the pod counted, judged and stored by themselves. */
import { createHash } from 'node:crypto';
import { policyDigestAnnotation } from '../../api/labels.ts';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { readSummary } from '../../report/index.ts';
import type { SummaryModel } from '../../report/index.ts';
import { verdictOf } from '../../policy/violations.ts';
import { policyDigest } from '../job.ts';
import { finishedAt } from '../run.ts';
import type { Judgement, Outcome, Result, Sending } from '../summary/outcome.ts';
import { seconds } from '../summary/times.ts';
import { cutEnd } from '../text.ts';
import type { World } from '../world.ts';
import type { ActDeps } from './deps.ts';
import { openLog, podTimings, tailOf } from './pod-log.ts';

/** The document comes last; what steps print before it may be long. */
const longestTail = 1024 * 1024;

/** @throws ScanLinkError `SummaryInvalid`, KubeError */
export async function collectSummary(
  deps: ActDeps,
  world: World,
  job: Job,
  pod: Pod,
  signal: AbortSignal,
): Promise<Outcome> {
  const started = deps.clock.now();
  const output = await tailOf(await openLog(deps, pod, 'summary', signal), longestTail);
  const model = readSummary(output);
  // A report of an earlier run is none of this one.
  await deps.shelf.remove(world.scan.metadata.uid ?? '');
  const result: Result = {
    counts: model.counts,
    report: {
      digest: `sha256:${createHash('sha256').update(output).digest('hex')}`,
      components: model.sbom?.packageCount ?? 0,
      findings: model.counts.CVETOTAL,
      ...(model.scanner.dbVersion !== undefined && {
        db: { version: cutEnd(model.scanner.dbVersion, 128) },
      }),
    },
    scanner: model.scanner,
    revision: (model.fetch.image ?? model.fetch.blob ?? model.fetch.git)?.revision,
    finishedAt: finishedAt(job) ?? deps.clock.now(),
    timings: { ...podTimings(job, pod), collect: seconds((deps.clock.now() - started) / 1000) },
  };
  return {
    is: 'collected',
    result,
    judgement: judgementOf(model, world, job),
    sending: sendingOf(deps, model, world),
  };
}

/** What the pod was given as POLICY is what it judged by, whatever the policy says by now. */
function judgementOf(model: SummaryModel, world: World, job: Job): Judgement | undefined {
  const { policy, scan } = world;
  const { violations } = model;
  if (scan.spec.scanPolicy === undefined && !violations?.length) return undefined;
  const present = policy && policyDigest(policy);
  const digest = job.metadata.annotations?.[policyDigestAnnotation] ?? present;
  const by =
    digest === undefined || scan.spec.scanPolicy === undefined
      ? undefined
      : { digest, generation: digest === present ? policy?.metadata.generation : undefined };
  if (!violations) {
    const message = `the summary has no eval.violations, so ScanPolicy "${scan.spec.scanPolicy}" was not applied`;
    return { is: 'error', by, failure: { code: 'PolicyResultInvalid', message } };
  }
  const verdict = verdictOf(
    'deny',
    violations.map((message) => ({ message })),
    new Set(),
  );
  return { ...verdict, is: 'verdict', by, violations: verdict.violations.map(({ message }) => message) };
}

function sendingOf(deps: ActDeps, model: SummaryModel, { scan }: World): Sending | undefined {
  deps.sends.forget(scan.metadata.uid ?? '');
  const [location] = model.locations ?? [];
  if (location !== undefined) return { is: 'sent', metadataUrl: cutEnd(location, 1024) };
  return deps.store.isConfigured ? undefined : { is: 'not-configured' };
}
