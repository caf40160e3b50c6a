/** Puts the controller together: watches, queue, workers, and what they work with. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anyScanSelector } from '../api/labels.ts';
import { imageScanKind, scanPolicyKind, scanTemplateKind, sourceScanKind } from '../api/kinds.ts';
import type { ImageScan, Scan, ScanPolicy, ScanTemplate, SourceScan } from '../api/kinds.ts';
import type { Config } from '../config/options.ts';
import type { Job, Pod } from '../kube/builtin-types.ts';
import type { KubeObject, Resource } from '../kube/objects.ts';
import { jobs, pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import type { PolicyEngine } from '../policy/verdict.ts';
import { createController } from '../runtime/controller.ts';
import type { ControllerOptions } from '../runtime/controller.ts';
import { createEventRecorder } from '../runtime/events.ts';
import type { LeaderOptions } from '../runtime/leader.ts';
import { startManager } from '../runtime/manager.ts';
import type { Manager } from '../runtime/manager.ts';
import { startReflector } from '../runtime/reflector.ts';
import type { Reflector, ReflectorOptions } from '../runtime/reflector.ts';
import { priority } from '../runtime/work-queue.ts';
import { noMetrics } from '../telemetry/metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { byScan, scanIndexes, slimJob, slimPod, slimScan } from './caches.ts';
import type { Caches } from './caches.ts';
import { createReconciler } from './reconcile.ts';
import { createStoreClient } from './result-store-client.ts';
import type { ResultStore } from './result-store.ts';
import { jobOptionsOf, rulesOf } from './rules.ts';
import { SendMemory } from './send-memory.ts';
import { openShelf } from './shelf/shelf.ts';
import { TroubleMemory } from './trouble-memory.ts';
import { wakeOn } from './wake.ts';

export interface ControllerParts {
  readonly client: KubeClient;
  readonly config: Config;
  /** Closed by whoever made it. */
  readonly policy: PolicyEngine;
  /** Where reports are kept; `reports.dir`, or a folder for temporary files, without it. */
  readonly shelfDir?: string;
  readonly store?: ResultStore;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Acts only while it leads; always without it. */
  readonly leaderElection?: Pick<LeaderOptions, 'namespace' | 'name' | 'identity'>;
}

export interface RunningController {
  /** Resolves when the caches are filled and, with an election, this controller leads. */
  readonly ready: Promise<void>;
  readonly isReady: () => boolean;
  /** After `stop`, or `'lost'` when another leads now: leave the process then. */
  readonly ended: Promise<'stopped' | 'lost'>;
  /** Lets running reconciles end first. */
  stop(): Promise<void>;
}

/** @throws the file system's error when the folder for reports cannot be made */
export async function startController(parts: ControllerParts): Promise<RunningController> {
  const { client, config, policy, clock = systemClock, log = silentLog, metrics = noMetrics } = parts;
  const dir = parts.shelfDir ?? (config['reports.dir'] || path.join(tmpdir(), 'scan-link-reports'));
  const shelf = await openShelf({ dir, maxBytes: config['reports.maxMiB'] * 1024 * 1024, log });
  const store = parts.store ?? createStoreClient(client, config);
  const events = createEventRecorder({ client, component: 'scan-link-controller', clock, log });
  const sends = new SendMemory();
  const troubles = new TroubleMemory();
  const written = new Map<string, string>();

  const reflectors = startReflectors(client, clock, log);
  const caches: Caches = {
    scans: { SourceScan: reflectors.sourceScans.cache, ImageScan: reflectors.imageScans.cache },
    templates: reflectors.templates.cache,
    policies: reflectors.policies.cache,
    jobs: reflectors.jobs.cache,
    pods: reflectors.pods.cache,
  };
  const controller = createController({
    name: 'scans',
    workers: config.workers,
    clock,
    log,
    // A scan whose API calls fail is not given up, and not asked for more than every five minutes.
    backoff: { baseMs: 250, maxMs: 300_000 },
    hooks: hooksOf(metrics),
    reconcile: createReconciler({
      client,
      caches,
      policy,
      policyLimits: {
        timeMs: config['policy.timeoutSeconds'] * 1000,
        memoryBytes: config['policy.memoryMiB'] * 1024 * 1024,
      },
      shelf,
      store,
      sends,
      troubles,
      events,
      metrics,
      clock,
      log,
      rules: rulesOf(config),
      jobs: jobOptionsOf(config),
      wrote: (key, version) => void (version !== undefined && written.set(key, version)),
    }),
  });

  const forget = (key: string, scan: Scan): void => {
    const { uid = '' } = scan.metadata;
    written.delete(key);
    sends.forget(uid);
    troubles.forget(uid);
    shelf.remove(uid).catch((error: unknown) => log.warn({ uid, err: error }, 'a report was not removed'));
  };
  wakeOn(caches, {
    add: (key, byPerson) =>
      controller.queue.add(key, { priority: byPerson ? priority.user : priority.normal }),
    written: (key) => written.get(key),
    forget,
  });

  const sources = Object.values(reflectors);
  const manager = startManager({
    controllers: [controller],
    sources,
    ...(parts.leaderElection && { leader: { ...parts.leaderElection, client, clock, log } }),
    log,
  });
  return running(
    manager,
    async () => {
      await Promise.all(sources.map((source) => source.synced));
      await shelf.sweep((uid) => isKnown(caches, uid));
    },
    () => events.flush(),
    log,
  );
}

function startReflectors(client: KubeClient, clock: Clock, log: Log) {
  const start = <T extends KubeObject>(
    resource: Resource,
    options: Omit<ReflectorOptions<T>, 'client' | 'resource'> = {},
  ): Reflector<T> => startReflector<T>({ client, resource, clock, log, ...options });
  const uid = (scan: Scan) => [scan.metadata.uid];
  return {
    sourceScans: start<SourceScan>(sourceScanKind, {
      indexes: { ...scanIndexes, uid },
      transform: slimScan,
    }),
    imageScans: start<ImageScan>(imageScanKind, { indexes: { ...scanIndexes, uid }, transform: slimScan }),
    templates: start<ScanTemplate>(scanTemplateKind),
    policies: start<ScanPolicy>(scanPolicyKind),
    jobs: start<Job>(jobs, {
      labelSelector: anyScanSelector,
      indexes: { scan: byScan },
      transform: slimJob,
    }),
    pods: start<Pod>(pods, {
      labelSelector: anyScanSelector,
      indexes: { scan: byScan },
      transform: slimPod,
    }),
  };
}

function hooksOf(metrics: Metrics): ControllerOptions['hooks'] {
  return {
    taken: (_, ms) => metrics.observe('scanlink_queue_wait_seconds', ms / 1000),
    reconciled(outcome, ms) {
      metrics.count('scanlink_reconciles_total', { outcome });
      metrics.observe('scanlink_reconcile_seconds', ms / 1000);
    },
  };
}

function isKnown(caches: Caches, uid: string): boolean {
  return [caches.scans.SourceScan, caches.scans.ImageScan].some(
    (cache) => cache.byIndex('uid', uid).length > 0,
  );
}

function running(
  manager: Manager,
  whenSynced: () => Promise<void>,
  flush: () => Promise<void>,
  log: Log,
): RunningController {
  let isReady = false;
  const ready = manager.started.then(() => {
    isReady = true;
    return undefined;
  });
  whenSynced().catch((error: unknown) => log.warn({ err: error }, 'kept reports were not swept'));
  return {
    ready,
    isReady: () => isReady,
    ended: manager.ended,
    async stop() {
      await manager.stop();
      isReady = false;
      await flush();
    },
  };
}
