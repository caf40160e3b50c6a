/** One reconcile of one scan: observe, decide, act, summarise, one status patch an outcome. */
import { group, version } from '../api/kinds.ts';
import type { Scan } from '../api/kinds.ts';
import type { ScanStatus } from '../api/status-schema.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { EventRecorder } from '../runtime/events.ts';
import { done, requeueAfter } from '../runtime/controller.ts';
import type { Reconciler, Result } from '../runtime/controller.ts';
import { joinKey } from '../runtime/keys.ts';
import { act } from './act/act.ts';
import type { ActDeps } from './act/deps.ts';
import type { Action } from './decide/action.ts';
import { decide } from './decide/decide.ts';
import { mergeDiff } from './merge-diff.ts';
import { countTelling, countTimings } from './metrics.ts';
import { ask, look, observe } from './observe.ts';
import type { ObserveDeps } from './observe.ts';
import { isDeleting } from './run.ts';
import { isScanKindName, scanKindOf } from './scan-kinds.ts';
import type { ScanKindName } from './scan-kinds.ts';
import type { Outcome } from './summary/outcome.ts';
import { summarise } from './summary/summarise.ts';
import { tellings } from './tell.ts';
import type { World } from './world.ts';

export interface ReconcileDeps extends ActDeps, ObserveDeps {
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  /** Told the version of every status written, so that its echo wakes nobody. */
  readonly wrote: (key: string, resourceVersion: string | undefined) => void;
}

/** What one key may come to before it makes room for others; a scan's whole life is shorter. */
const maxRounds = 12;
/** Somebody else changed the scan while we looked at it. */
const conflictMs = 10;

/** `SourceScan/namespace/name`. */
export function scanKey(kind: ScanKindName, scan: Pick<Scan, 'metadata'>): string {
  const { namespace, name = '' } = scan.metadata;
  return `${kind}/${joinKey({ namespace, name })}`;
}

export function splitScanKey(
  key: string,
): { kind: ScanKindName; namespace: string; name: string } | undefined {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return isScanKindName(kind) ? { kind, namespace, name } : undefined;
}

export function createReconciler(deps: ReconcileDeps): Reconciler {
  return async (key, { signal }) => {
    const at = splitScanKey(key);
    if (!at) return done;
    const scan = await scanAt(deps.client, at, signal);
    // Gone, or going: what it owns goes with it.
    if (!scan || isDeleting(scan)) return done;
    try {
      return await rounds(deps, key, observe(deps, at.kind, scan, deps.clock.now()), signal);
    } catch (error) {
      if (isConflict(error)) return requeueAfter(conflictMs);
      throw error;
    }
  };
}

async function scanAt(
  client: KubeClient,
  at: NonNullable<ReturnType<typeof splitScanKey>>,
  signal: AbortSignal,
): Promise<Scan | undefined> {
  try {
    return await client.get<Scan>(scanKindOf(at.kind).kind, at, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function rounds(deps: ReconcileDeps, key: string, first: World, signal: AbortSignal): Promise<Result> {
  let world = await failClosed(deps, key, first, signal);
  for (let round = 0; round < maxRounds; round++) {
    const action = decide(world);
    switch (action.do) {
      case 'rest':
        await write(deps, key, world, { is: 'nothing' }, signal);
        return wakeAt(deps, action);
      case 'look':
        world = await look(deps.client, deps, world, signal);
        break;
      case 'ask': {
        const { namespace = '' } = world.scan.metadata;
        const about = [action.pod, action.job];
        world = { ...world, complaints: await ask(deps.client, about, namespace, signal) };
        break;
      }
      default: {
        const acted = await act(deps, world, action, signal);
        // What was read before the effect says nothing of the time after it.
        const after = { ...acted.world, now: deps.clock.now(), looked: undefined };
        world = await write(deps, key, after, acted.outcome, signal);
      }
    }
  }
  return requeueAfter(conflictMs);
}

function wakeAt({ clock }: ReconcileDeps, { wakeAt }: Action & { do: 'rest' }): Result {
  return wakeAt === undefined ? done : requeueAfter(Math.max(1, wakeAt - clock.now()));
}

/** A compliant artifact that no longer is one goes before anything else is done, as that may take its time. */
async function failClosed(
  deps: ReconcileDeps,
  key: string,
  world: World,
  signal: AbortSignal,
): Promise<World> {
  if (!world.scan.status?.compliantArtifact) return world;
  const now = summarise(world, { is: 'nothing' });
  return now.compliantArtifact ? world : await write(deps, key, world, { is: 'nothing' }, signal);
}

/** Writes the status that follows, if it is another one. @throws KubeError, `Conflict` when the scan has changed */
async function write(
  deps: ReconcileDeps,
  key: string,
  world: World,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<World> {
  const before: ScanStatus | undefined = world.scan.status;
  const status = summarise(world, outcome);
  const diff = mergeDiff(before ?? {}, status);
  if (!diff) return world;
  const { namespace, name = '', resourceVersion } = world.scan.metadata;
  const body = { metadata: { resourceVersion }, status: diff };
  const { kind } = scanKindOf(world.kind);
  const options = { subresource: 'status', signal } as const;
  const scan = await deps.client.patch<Scan>(kind, { namespace, name }, 'merge', body, options);
  deps.wrote(key, scan.metadata.resourceVersion);
  tell(deps, world.kind, scan, before, status);
  return { ...world, scan };
}

function tell(
  { events, metrics, log }: ReconcileDeps,
  kind: ScanKindName,
  scan: Scan,
  before: ScanStatus | undefined,
  after: ScanStatus,
): void {
  const { namespace, name } = scan.metadata;
  const object = { ...scan, apiVersion: `${group}/${version}`, kind };
  for (const telling of tellings(before, after)) {
    events.record(object, telling.type, telling.reason, telling.message);
    countTelling(metrics, kind, telling);
    const level = telling.type === 'Warning' ? 'warn' : 'info';
    log[level]({ kind, namespace, name, reason: telling.reason }, telling.message);
  }
  countTimings(metrics, before, after);
}
