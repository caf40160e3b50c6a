import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Node, Pod } from '../../kube/builtin-types.ts';
import { isAborted } from '../../kube/errors.ts';
import { nodes, pods } from '../../kube/resources.ts';
import { kubeTime } from '../../kube/time.ts';
import type { KubeClient } from '../../kube/types.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';
import { createController, done } from '../../runtime/controller.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { keyOf } from '../../runtime/keys.ts';
import { startReflector } from '../../runtime/reflector.ts';
import type { Reflector } from '../../runtime/reflector.ts';
import { bind, isUnbound, sayUnschedulable, unsuitable } from './binder.ts';
import { logFile } from './container-worker.ts';
import type { RunnerContext } from './context.ts';
import { findImage } from './images.ts';
import type { ImageRuntime } from './images.ts';
import { startKubeletServer } from './kubelet-server.ts';
import type { KubeletOptions, LogRequest, LogSource } from './kubelet-server.ts';
import { hasLeftovers, killLeftovers, leftovers } from './leftovers.ts';
import { startNodeAgent } from './node-agent.ts';
import { PodWorker } from './pod-worker.ts';
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

/** What a kubelet would have found its pods' end to be. */
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

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
  const kubelet = await startKubeletServer(options.kubelet, (request) => home.findLog(request), log);
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

/** The pods of this node. */
class Home {
  readonly #context: RunnerContext;
  readonly #reflector: Reflector<Pod>;
  readonly #workers = new Map<string, PodWorker>();
  readonly #binding;
  #isClosed = false;

  constructor(context: RunnerContext, reflector: Reflector<Pod>) {
    this.#context = context;
    this.#reflector = reflector;
    this.#binding = createController({
      name: 'binder',
      clock: context.clock,
      log: context.log,
      backoff: { baseMs: 200, maxMs: 30_000 },
      reconcile: async (key) => {
        await this.#bind(key);
        return done;
      },
    });
  }

  /** Deals with what an earlier runner left, then with everything as it comes. */
  async open(): Promise<void> {
    const { podsDir } = this.#context;
    const known = new Map(this.#reflector.cache.list().map((pod) => [pod.metadata.uid ?? '', pod]));
    const lost = new Set<string>();
    for (const uid of await readdir(podsDir)) {
      const dir = path.join(podsDir, uid);
      if (await hasLeftovers(dir)) lost.add(uid);
      await killLeftovers(dir);
      if (!known.has(uid)) await rm(dir, { recursive: true, force: true });
    }
    for (const pod of known.values()) if (hasRun(pod)) lost.add(pod.metadata.uid ?? '');
    this.#binding.start();
    // Those that are there now are told first.
    this.#reflector.cache.onChange(({ type, object }) => {
      if (type === 'deleted') this.#gone(object);
      else this.#seen(object, type === 'added' && lost.delete(object.metadata.uid ?? ''));
    });
  }

  abandon(): void {
    this.#isClosed = true;
    void this.#binding.stop();
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    await this.#binding.stop();
    for (const worker of this.#workers.values()) worker.shutDown(graceMs);
    await Promise.all([...this.#workers.values()].map(({ finished }) => finished));
  }

  #seen(pod: Pod, wasLost: boolean): void {
    if (this.#isClosed) return;
    if (isUnbound(pod)) this.#binding.queue.add(keyOf(pod));
    if (pod.spec?.nodeName !== this.#context.nodeName) return;
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker) worker.update(pod);
    else if (!isOver(pod)) this.#start(pod, wasLost);
    else if (pod.metadata.deletionTimestamp) this.#finalize(pod);
  }

  #start(pod: Pod, lost: boolean): void {
    const uid = pod.metadata.uid ?? '';
    const worker = new PodWorker(pod, this.#context, lost);
    this.#workers.set(uid, worker);
    const end = async (): Promise<void> => {
      await worker.finished;
      this.#workers.delete(uid);
      const now = this.#reflector.cache.get(keyOf(pod));
      // Deleted after its last status was written, and before we had let go of it.
      if (now?.metadata.uid === uid && now.metadata.deletionTimestamp) this.#finalize(now);
    };
    void end();
  }

  /** A pod that had ended before it was deleted: nothing is left to wait for. */
  #finalize(pod: Pod): void {
    const { name = '', namespace, uid } = pod.metadata;
    const remove = async (): Promise<void> => {
      try {
        await this.#context.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, uid });
      } catch (error) {
        this.#context.log.debug({ pod: name, error: messageOf(error) }, 'pod not removed');
      }
    };
    void remove();
  }

  #gone(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (uid === '' || pod.spec?.nodeName !== this.#context.nodeName) return;
    const worker = this.#workers.get(uid);
    worker?.remove();
    const clean = async (): Promise<void> => {
      await worker?.finished;
      await rm(path.join(this.#context.podsDir, uid), { recursive: true, force: true });
    };
    clean().catch((error: unknown) => {
      this.#context.log.warn({ pod: pod.metadata.name, error: messageOf(error) }, 'pod folder not removed');
    });
  }

  async #bind(key: string): Promise<void> {
    const { client, nodeName, clock } = this.#context;
    const pod = this.#reflector.cache.get(key);
    if (!pod || !isUnbound(pod)) return;
    const needsLabels = pod.spec?.nodeSelector !== undefined;
    try {
      const node = needsLabels ? await client.get<Node>(nodes, { name: nodeName }) : undefined;
      const why = node && unsuitable(pod, node);
      if (!why) return await bind(pod, this.#context);
      const said = pod.status?.conditions?.some(
        ({ type, message }) => type === 'PodScheduled' && message === why,
      );
      if (!said) await sayUnschedulable(pod, why, this.#context, kubeTime(clock.now()));
    } catch (error) {
      if (!isAborted(error)) throw error;
    }
  }

  /** Where the log of a container of ours is, worded as the kubelet words its refusals. */
  findLog({ namespace, pod: name, container, previous }: LogRequest): LogSource {
    const pod = this.#reflector.cache.get(`${namespace}/${name}`);
    const uid = pod?.metadata.uid ?? '';
    if (!pod || pod.spec?.nodeName !== this.#context.nodeName) {
      return { status: 404, message: `pod "${name}" not found` };
    }
    const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    if (!all.some((one) => one.name === container)) {
      return { status: 404, message: `container "${container}" not found in pod "${name}"` };
    }
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const status = statuses.find((one) => one.name === container);
    const worker = this.#workers.get(uid);
    const live = worker?.liveLog(container);
    const restarts = worker?.restartCount(container) ?? status?.restartCount ?? 0;
    const dir = path.join(this.#context.podsDir, uid);
    if (previous) {
      const before = restarts - 1;
      if (before >= 0) return { file: logFile(dir, container, before) };
      return {
        status: 400,
        message: `previous terminated container "${container}" in pod "${name}" not found`,
      };
    }
    // A container that waits to be started again shows what it said last.
    if (live) return { file: live.file, live };
    if (status?.state?.terminated) return { file: logFile(dir, container, restarts) };
    const reason = status?.state?.waiting?.reason ?? 'ContainerCreating';
    return {
      status: 400,
      message: `container "${container}" in pod "${name}" is waiting to start: ${reason}`,
    };
  }
}

/** Whether a container of the pod was started by somebody, as its status tells. */
function hasRun({ status }: Pod): boolean {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.some(({ state }) => state?.running ?? state?.terminated);
}
