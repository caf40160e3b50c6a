import { isDeepStrictEqual } from 'node:util';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound, KubeError } from '../../kube/errors.ts';
import { jobs, pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ReadCache } from '../../runtime/cache.ts';
import { createController, done, requeueAfter } from '../../runtime/controller.ts';
import type { Controller, Result } from '../../runtime/controller.ts';
import type { EventRecorder } from '../../runtime/events.ts';
import { keyOf, splitKey } from '../../runtime/keys.ts';
import type { Log } from '../../lib/log.ts';
import { isTracked, trackingFinalizer } from './job-count.ts';
import { condition, decideJob, finished } from './job-decide.ts';
import type { JobStatus } from './job-decide.ts';
import { podOf } from './job-pod.ts';

export interface JobControllerOptions {
  readonly client: KubeClient;
  readonly jobs: ReadCache<Job>;
  /** With the index `owner` (`byOwner`). */
  readonly pods: ReadCache<Pod>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** A write that came too late, or a cache that lags behind: the change that explains it is on its way. */
const lagMs = 25;

/** Makes pods for Jobs and counts how they end: Kubernetes' Job controller, as far as one machine needs it. */
export function createJobController(options: JobControllerOptions): Controller {
  const { jobs: jobCache, pods: podCache, clock, log } = options;
  const worker = new JobWorker(options);
  const controller = createController({
    name: 'job',
    reconcile: (key) => worker.reconcile(key),
    clock,
    log,
    backoff: { baseMs: 20, maxMs: 30_000 },
  });
  jobCache.onChange(({ type, object }) => {
    worker.sawJob(object, type === 'deleted');
    controller.queue.add(keyOf(object));
  });
  podCache.onChange(({ type, object }) => {
    if (type === 'deleted') worker.sawPodGone(object);
    const owner = object.metadata.ownerReferences?.find((one) => one.controller && one.kind === 'Job');
    if (owner) controller.queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
  return controller;
}

/** Deciding and acting alternate until nothing changes; more rounds than this would be a bug, and wait for the queue. */
const maxRounds = 6;

class JobWorker {
  readonly #options: JobControllerOptions;

  constructor(options: JobControllerOptions) {
    this.#options = options;
  }

  /** Jobs as we wrote them, until the cache has seen that. */
  readonly #written = new Map<string, Job>();
  /** Uids of pods whose finalizer we took: the cache may still show it, and they must not be counted again. */
  readonly #released = new Set<string>();

  sawJob(job: Job, isGone: boolean): void {
    const key = keyOf(job);
    const written = this.#written.get(key);
    if (isGone || written?.metadata.resourceVersion === job.metadata.resourceVersion)
      this.#written.delete(key);
  }

  sawPodGone(pod: Pod): void {
    this.#released.delete(pod.metadata.uid ?? '');
  }

  async reconcile(key: string): Promise<Result> {
    const cached = this.#options.jobs.get(key);
    try {
      const written = this.#written.get(key);
      if (cached) return await this.#sync(written && isNewer(written, cached) ? written : cached);
      await this.#releaseOrphans(key);
      return done;
    } catch (error) {
      if (!isConflict(error)) throw error;
      this.#written.delete(key);
      return requeueAfter(lagMs);
    }
  }

  async #sync(job: Job): Promise<Result> {
    const uid = job.metadata.uid ?? '';
    let current = job;
    for (let round = 0; round < maxRounds; round++) {
      const owned = this.#options.pods.byIndex('owner', uid).map((pod) => this.#asReleased(pod));
      const plan = decideJob(current, owned, this.#options.clock.now());
      if (plan.expired) return this.#expire(current);
      const written = await this.#writeStatus(current, plan.status);
      current = written ?? current;
      await this.#release(plan.release);
      await this.#remove(current, plan.remove);
      await this.#create(current, plan.create);
      if (written || plan.release.length > 0) continue;
      return plan.againAfterMs === undefined ? done : requeueAfter(plan.againAfterMs);
    }
    return requeueAfter(lagMs);
  }

  #asReleased(pod: Pod): Pod {
    if (!this.#released.has(pod.metadata.uid ?? '')) return pod;
    const finalizers = pod.metadata.finalizers?.filter((one) => one !== trackingFinalizer);
    return { ...pod, metadata: { ...pod.metadata, finalizers } };
  }

  /** The job with its new status, or undefined when it had it already. A job that changed meanwhile comes again. */
  async #writeStatus(job: Job, status: JobStatus): Promise<Job | undefined> {
    if (isDeepStrictEqual(plain(job.status ?? {}), plain(status))) return undefined;
    const { name = '', namespace, uid, resourceVersion } = job.metadata;
    // What is gone has to be said: a merge patch keeps what it does not name.
    const cleared = Object.fromEntries(Object.keys(job.status ?? {}).map((field) => [field, null]));
    const body = {
      metadata: { uid, resourceVersion },
      status: { ...cleared, ...plain(status), uncountedTerminatedPods: uncounted(status) },
    };
    const written = await this.#options.client.patch<Job>(jobs, { namespace, name }, 'merge', body, {
      subresource: 'status',
    });
    this.#written.set(keyOf(job), written);
    this.#announce(job, written);
    return written;
  }

  #announce(before: Job, after: Job): void {
    const said = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#options.events.record(kinded(after), type, reason, message);
    const end = finished(after);
    if (end && !finished(before)) {
      if (end.type === 'Complete') said('Normal', 'Completed', 'Job completed');
      else said('Warning', end.reason ?? 'Failed', end.message ?? '');
    }
    const isSuspended = condition(after.status, 'Suspended') !== undefined;
    if (isSuspended === (condition(before.status, 'Suspended') !== undefined)) return;
    if (isSuspended) said('Normal', 'Suspended', 'Job suspended');
    else said('Normal', 'Resumed', 'Job resumed');
  }

  /** Takes the finalizer from pods. */
  async #release(counted: readonly Pod[]): Promise<void> {
    for (const pod of counted) {
      const { name = '', namespace, uid = '', finalizers = [] } = pod.metadata;
      // By index and value: another's finalizer must not be lost if the list changed since.
      const at = finalizers.indexOf(trackingFinalizer);
      const body = [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path: `/metadata/finalizers/${at}`, value: trackingFinalizer },
        { op: 'remove', path: `/metadata/finalizers/${at}` },
      ];
      try {
        await this.#options.client.patch(pods, { namespace, name }, 'json', body);
      } catch (error) {
        if (isInvalid(error)) throw changed(`pod ${name}`);
        if (!isNotFound(error)) throw error;
      }
      this.#released.add(uid);
    }
  }

  async #remove(job: Job, surplus: readonly Pod[]): Promise<void> {
    for (const pod of surplus) {
      const { name = '', namespace, uid, deletionTimestamp } = pod.metadata;
      if (deletionTimestamp) continue;
      try {
        await this.#options.client.delete(pods, { namespace, name }, { uid });
        this.#options.events.record(kinded(job), 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  async #create(job: Job, attempts: readonly number[]): Promise<void> {
    if (attempts.length === 0) return;
    const { name = '', namespace } = job.metadata;
    // The cache may lag behind what we wrote before a restart: a pod is made only for the job as it is now.
    const now = await this.#options.client.get<Job>(jobs, { namespace, name });
    if (now.metadata.resourceVersion !== job.metadata.resourceVersion) {
      throw changed(`job ${name}`);
    }
    for (const attempt of attempts) {
      const pod = podOf(job, attempt);
      try {
        await this.#options.client.create(pods, pod);
        this.#options.events.record(
          kinded(job),
          'Normal',
          'SuccessfulCreate',
          `Created pod: ${pod.metadata.name}`,
        );
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        const why = error instanceof Error ? error.message : String(error);
        this.#options.events.record(kinded(job), 'Warning', 'FailedCreate', `Error creating: ${why}`);
        throw error;
      }
    }
  }

  async #expire(job: Job): Promise<Result> {
    const { name = '', namespace, uid } = job.metadata;
    try {
      await this.#options.client.delete(jobs, { namespace, name }, { uid, propagationPolicy: 'Background' });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return done;
  }

  /** Pods whose job is gone must not be held back by our finalizer. */
  async #releaseOrphans(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const orphans = this.#options.pods
      .list(namespace)
      .filter((pod) => isTracked(pod) && ownerName(pod) === name);
    for (const pod of orphans) {
      const uid = pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
      const job = await this.#find(namespace ?? '', name);
      if (job?.metadata.uid !== uid) await this.#release([pod]);
    }
  }

  async #find(namespace: string, name: string): Promise<Job | undefined> {
    try {
      return await this.#options.client.get<Job>(jobs, { namespace, name });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** Versions of one kind are growing numbers: so Kubernetes promises since 1.35, and etcd always did. */
function isNewer(a: Job, b: Job): boolean {
  return Number(a.metadata.resourceVersion) > Number(b.metadata.resourceVersion);
}

function changed(what: string): KubeError {
  return new KubeError(`${what} changed meanwhile`, { reason: 'Conflict', statusCode: 409 });
}

const ownerName = (pod: Pod): string | undefined =>
  pod.metadata.ownerReferences?.find((owner) => owner.controller && owner.kind === 'Job')?.name;

/** Objects of a list come without kind; events need it. */
const kinded = (job: Job): Job => ({ ...job, apiVersion: 'batch/v1', kind: 'Job' });

/** Without what is undefined or an empty list of names, as the server stores it. */
function plain(status: JobStatus): JobStatus {
  const { uncountedTerminatedPods: names, ...rest } = JSON.parse(JSON.stringify(status)) as JobStatus;
  return names?.succeeded?.length || names?.failed?.length
    ? { ...rest, uncountedTerminatedPods: names }
    : rest;
}

function uncounted({ uncountedTerminatedPods: names }: JobStatus) {
  return { succeeded: names?.succeeded ?? null, failed: names?.failed ?? null };
}
