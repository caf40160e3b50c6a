import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Node, Pod } from '../../kube/builtin-types.ts';
import { isAborted } from '../../kube/errors.ts';
import { nodes, pods } from '../../kube/resources.ts';
import { kubeTime } from '../../kube/time.ts';
import { messageOf } from '../../lib/errors.ts';
import { createController, done } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Reflector } from '../../runtime/reflector.ts';
import { bind, isUnbound, sayUnschedulable, unsuitable } from './binder.ts';
import { logFile } from './container-worker.ts';
import type { RunnerContext } from './context.ts';
import type { LogRequest, LogSource } from './kubelet-server.ts';
import { hasLeftovers, killLeftovers } from './leftovers.ts';
import { PodWorker } from './pod-worker.ts';

/** What a kubelet would have found its pods' end to be. */
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** The pods of this node. */
export class Home {
  readonly #context: RunnerContext;
  readonly #reflector: Reflector<Pod>;
  readonly #workers = new Map<string, PodWorker>();
  /** Pods that have ended, as long as what we are told of them may be older than that: they are not run again. */
  readonly #ended = new Set<string>();
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
    if (isOver(pod)) this.#ended.delete(uid);
    if (worker) worker.update(pod);
    else if (isOver(pod) || this.#ended.has(uid)) this.#finalize(pod);
    else this.#start(pod, wasLost);
  }

  #start(pod: Pod, lost: boolean): void {
    const uid = pod.metadata.uid ?? '';
    const worker = new PodWorker(pod, this.#context, lost);
    this.#workers.set(uid, worker);
    const end = async (): Promise<void> => {
      await worker.finished;
      this.#workers.delete(uid);
      const now = this.#reflector.cache.get(keyOf(pod));
      if (now?.metadata.uid !== uid) return;
      if (!isOver(now)) this.#ended.add(uid);
      // Deleted after its last status was written, and before we had let go of it.
      this.#finalize(now);
    };
    void end();
  }

  /** A pod that had ended before it was deleted: nothing is left to wait for. */
  #finalize(pod: Pod): void {
    const { name = '', namespace, uid, deletionTimestamp } = pod.metadata;
    if (!deletionTimestamp) return;
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
    this.#ended.delete(uid);
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
      if (!why) return await this.#take(pod);
      const said = pod.status?.conditions?.some(
        ({ type, message }) => type === 'PodScheduled' && message === why,
      );
      if (!said) await sayUnschedulable(pod, why, this.#context, kubeTime(clock.now()));
    } catch (error) {
      if (!isAborted(error)) throw error;
    }
  }

  /** Binds the pod and begins with it at once: that the server tells us too is a round trip later. */
  async #take(pod: Pod): Promise<void> {
    if (!pod.spec || !(await bind(pod, this.#context))) return;
    this.#seen({ ...pod, spec: { ...pod.spec, nodeName: this.#context.nodeName } }, false);
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
