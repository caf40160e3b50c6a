import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Pod } from '../../kube/builtin-types.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { startReflector } from '../../runtime/reflector.ts';
import type { RunnerContext } from './context.ts';
import { Home } from './home.ts';
import { findImage } from './images.ts';
import type { ImageRuntime } from './images.ts';
import { startKubeletServer } from './kubelet-server.ts';
import type { KubeletOptions } from './kubelet-server.ts';
import { leftovers } from './leftovers.ts';
import { startNodeAgent } from './node-agent.ts';
import { processRuntime } from './process-runtime.ts';
import { Slots } from './slots.ts';
import { apiSources } from './sources.ts';
import type { ContainerRuntime } from './types.ts';

export interface RunnerOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** Pods' volumes and logs, in `pods/<uid>`; a pod's folder goes with it. */
  readonly dataDir: string;
  /** Images that run as processes; the first row that matches. */
  readonly images: readonly ImageRuntime[];
  /** For every other image: podman or docker (`findOciRuntime`). */
  readonly oci?: ContainerRuntime;
  readonly kubelet: KubeletOptions;
  /** Where containers that are processes find programs (default `/usr/local/bin:/usr/bin:/bin`). */
  readonly path?: string;
  /** Pods of jobs that run at a time (default: the number of processors). */
  readonly maxRunning?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface Runner {
  readonly nodeName: string;
  readonly kubeletPort: number;
  /** Ends every pod with `graceMs` (default 2 s) between asking and killing, says so in their status, and leaves. */
  stop(graceMs?: number): Promise<void>;
  /** As if this process were killed: nothing more is said or started, and what runs is left. For tests. */
  abandon(): void;
}

/**
 * Makes this machine a node: binds pods that no other node has, runs them, writes their status and serves their logs.
 * It speaks nothing but the Kubernetes API, so any API server will do. Resolves when the node is registered and the
 * pods are known; `stop` ends it.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { client, nodeName, clock = systemClock, log = silentLog } = options;
  const ended = new AbortController();
  const podsDir = path.join(options.dataDir, 'pods');
  await mkdir(podsDir, { recursive: true, mode: 0o700 });
  const events = createEventRecorder({ client, component: 'scan-link-runner', host: nodeName, clock, log });
  const context: RunnerContext = {
    client,
    nodeName,
    podsDir,
    events,
    clock,
    log,
    sources: apiSources(client),
    slots: new Slots(options.maxRunning ?? availableParallelism()),
    ended: ended.signal,
    ...runtimes(options, clock),
  };
  const reflector = startReflector<Pod>({ client, resource: pods, clock, log });
  const home = new Home(context, reflector);
  const kubelet = await startKubeletServer(options.kubelet, (request) => home.findLog(request), {
    clock,
    log,
  });
  // An engine that does not answer now must not keep the rest from working.
  await options.oci
    ?.removeLeftovers?.(podsDir)
    .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'old containers not removed'));
  const agent = await startNodeAgent({
    client,
    nodeName,
    kubeletPort: kubelet.port,
    maxPods: 110,
    clock,
    log,
    signal: ended.signal,
  });
  await reflector.synced;
  await home.open();
  return {
    nodeName,
    kubeletPort: kubelet.port,
    abandon() {
      ended.abort();
      home.abandon();
      void reflector.stop();
      void kubelet.close();
    },
    async stop(graceMs = 2000) {
      await home.close(graceMs);
      await Promise.race([
        events.flush(),
        new Promise((resolve) => clock.after(1000, () => resolve(undefined))),
      ]);
      ended.abort();
      await Promise.all([agent.finished, reflector.stop(), kubelet.close()]);
    },
  };
}

function runtimes(options: RunnerOptions, clock: Clock): Pick<RunnerContext, 'runtimeFor' | 'isLocal'> {
  const { images, oci, path: searchPath = '/usr/local/bin:/usr/bin:/bin' } = options;
  const local = processRuntime({ images, path: searchPath, clock, leftovers });
  const isLocal = (image: string): boolean => findImage(images, image) !== undefined;
  const names = images.map(({ match }) => match).join(', ');
  return {
    isLocal,
    runtimeFor(image) {
      if (isLocal(image)) return local;
      const none =
        `image "${image}" is none of those that run here without a container engine (${names}), and there is ` +
        `neither podman nor docker on this machine: install one of them, or run this on a cluster`;
      return oci ?? { none };
    },
  };
}
