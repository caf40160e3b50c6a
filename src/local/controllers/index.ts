/** The controllers that a small API server needs beside it; a real cluster brings its own. */
import type { Job, Lease, Pod } from '../../kube/builtin-types.ts';
import { jobs, leases, pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';
import { byOwner } from '../../runtime/cache.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { startManager } from '../../runtime/manager.ts';
import { startReflector } from '../../runtime/reflector.ts';
import { createJobController } from './job.ts';
import { createNodeLifecycle } from './node-lifecycle.ts';

export interface LocalControllersOptions {
  readonly client: KubeClient;
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface LocalControllers {
  /** Resolves when they work. */
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the Job controller (with `ttlSecondsAfterFinished`) and the one that fails the pods of lost nodes. */
export function startLocalControllers(options: LocalControllersOptions): LocalControllers {
  const { client, clock = systemClock, log = silentLog } = options;
  const common = { client, clock, log };
  const jobSource = startReflector<Job>({ ...common, resource: jobs });
  const podSource = startReflector<Pod>({ ...common, resource: pods, indexes: { owner: byOwner } });
  const leaseSource = startReflector<Lease>({ ...common, resource: leases, namespace: 'kube-node-lease' });
  const events = createEventRecorder({ ...common, component: 'job-controller' });
  const controllers = [
    createJobController({ ...common, jobs: jobSource.cache, pods: podSource.cache, events }),
    createNodeLifecycle({ ...common, pods: podSource.cache, leases: leaseSource.cache }),
  ];
  return startManager({ controllers, sources: [jobSource, podSource, leaseSource], log });
}
