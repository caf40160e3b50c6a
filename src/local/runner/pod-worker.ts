import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Container, Pod } from '../../kube/builtin-types.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import { kubeTime } from '../../kube/time.ts';
import { messageOf } from '../../lib/errors.ts';
import { sleep } from '../../runtime/reflector.ts';
import type { ContainerLog } from './container-log.ts';
import { newTrack, trackOf } from './container-track.ts';
import type { ContainerTrack } from './container-track.ts';
import { runContainer } from './container-worker.ts';
import type { RunnerContext } from './context.ts';
import { podObject } from './image-pull.ts';
import { podStatus } from './pod-status.ts';
import type { PodStatus, PodView } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';
import { Stopper } from './stopper.ts';
import { MountError, mountVolumes } from './volumes.ts';

/** Starting a pod usually takes less: then its first status is that it runs. */
const quietStartMs = 100;
const defaultGraceMs = 30_000;

type Restart = 'Always' | 'OnFailure' | 'Never';

/** One pod on this machine, from its first volume to its last status. */
export class PodWorker {
  readonly dir: string;
  /** Resolves when nothing of the pod runs and its status is written. */
  readonly finished: Promise<void>;
  readonly #context: RunnerContext;
  readonly #stopper: Stopper;
  readonly #writer: StatusWriter;
  readonly #init: ContainerTrack[];
  readonly #containers: ContainerTrack[];
  readonly #logs = new Map<string, ContainerLog>();
  readonly #startTime: string;
  readonly #isLost: boolean;
  #pod: Pod;
  #failure: PodView['failure'];
  #isPrepared = false;
  #last: PodStatus | undefined;
  #cancelFirst = (): void => {};
  #isGone = false;
  #isShutDown = false;

  /** `lost`: an earlier runner had started the pod, and its processes are gone: it fails, or is started again. */
  constructor(pod: Pod, context: RunnerContext, lost: boolean) {
    this.#pod = pod;
    this.#context = context;
    this.dir = path.join(context.podsDir, pod.metadata.uid ?? '');
    this.#stopper = new Stopper(context.clock);
    this.#writer = new StatusWriter(pod, { ...context, signal: context.ended });
    this.#startTime = pod.status?.startTime ?? kubeTime(context.clock.now());
    this.#last = pod.status;
    const waiting = pod.spec?.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
    this.#isLost = lost && (pod.spec?.restartPolicy ?? 'Always') === 'Never';
    const track = (container: Container, statuses: PodStatus['containerStatuses']) =>
      lost
        ? trackOf(
            container,
            statuses?.find(({ name }) => name === container.name),
            waiting,
          )
        : newTrack(container, waiting);
    this.#init = (pod.spec?.initContainers ?? []).map((one) => track(one, pod.status?.initContainerStatuses));
    this.#containers = (pod.spec?.containers ?? []).map((one) => track(one, pod.status?.containerStatuses));
    if (!this.#isLost) for (const one of this.#tracks()) restarted(one, waiting);
    this.finished = this.#run();
  }

  /** The pod as the server has it now. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (!pod.metadata.deletionTimestamp) return;
    const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds;
    this.#stopper.stop(seconds === undefined ? defaultGraceMs : seconds * 1000);
  }

  /** The server no longer has the pod: kill what runs. */
  remove(): void {
    this.#isGone = true;
    this.#stopper.stop(0);
  }

  /** The runner ends: what runs is ended, and the pod with it unless the next runner may start it (again). */
  shutDown(graceMs: number): void {
    this.#isShutDown = true;
    if (!this.#tracks().every(({ state }) => state.terminated)) {
      this.#failure ??= {
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
      };
    }
    this.#stopper.stop(graceMs);
  }

  /** Nothing of the pod ever ran, or it is to be started again anyway. */
  #isForNext(): boolean {
    const hasRun = this.#tracks().some(({ state, lastState }) => !state.waiting || lastState.terminated);
    return !hasRun || this.#pod.spec?.restartPolicy !== 'Never';
  }

  /** The log that a container of this pod writes now, or wrote last. */
  liveLog(container: string): ContainerLog | undefined {
    return this.#logs.get(container);
  }

  restartCount(container: string): number {
    return this.#tracks().find((track) => track.container.name === container)?.restartCount ?? 0;
  }

  #tracks(): ContainerTrack[] {
    return [...this.#init, ...this.#containers];
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#context;
    this.update(this.#pod);
    const cancelDeadline = this.#watchDeadline();
    try {
      if (this.#isLost) this.#lose();
      else {
        this.#cancelFirst = clock.after(quietStartMs, () => this.#publish());
        await this.#runContainers();
      }
    } catch (error) {
      // A bug of ours must not leave a pod that runs for ever.
      log.error({ err: error, pod: this.#pod.metadata.name }, 'pod worker failed');
      this.#failure ??= { reason: 'RunnerError', message: `the runner failed: ${messageOf(error)}` };
      this.#stopper.stop(0);
    }
    cancelDeadline();
    this.#stopper.over();
    if (this.#isGone || (this.#isShutDown && this.#isForNext())) return;
    this.#endTracks();
    this.#publish();
    await this.#writer.settled();
    await this.finalize();
  }

  /** A deleted pod whose containers have ended may leave the server. */
  async finalize(): Promise<void> {
    const { name = '', namespace, uid, deletionTimestamp } = this.#pod.metadata;
    if (!deletionTimestamp || this.#context.ended.aborted) return;
    try {
      await this.#context.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, uid });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return;
      this.#context.log.warn({ pod: name, error: messageOf(error) }, 'pod not removed, trying again');
      await sleep(this.#context.clock, 2000, this.#context.ended);
      await this.finalize();
    }
  }

  async #runContainers(): Promise<void> {
    const folders = await this.#prepare();
    if (!folders) return;
    const policy = (this.#pod.spec?.restartPolicy ?? 'Always') as Restart;
    // What never ends by itself (no job) would keep a slot for ever.
    const free =
      policy === 'Always'
        ? () => {}
        : await this.#context.slots.take(this.#pod.metadata.namespace ?? '', this.#stopper.asked);
    if (!free) return;
    try {
      for (const track of this.#init) {
        // An init container that succeeded is never run again.
        const restart = policy === 'Never' ? 'Never' : 'OnFailure';
        if (!(await this.#runOne(track, folders, restart))) return;
      }
      for (const track of this.#containers) track.state = { waiting: { reason: 'ContainerCreating' } };
      await Promise.all(this.#containers.map((track) => this.#runOne(track, folders, policy)));
    } finally {
      free();
    }
  }

  #runOne(track: ContainerTrack, folders: ReadonlyMap<string, string>, restart: Restart): Promise<boolean> {
    return runContainer({
      pod: this.#pod,
      track,
      folders,
      restart,
      podDir: this.dir,
      stopper: this.#stopper,
      context: this.#context,
      changed: () => this.#publish(),
      logging: (log) => void this.#logs.set(track.container.name, log),
    });
  }

  /** The pod's volumes, as soon as all can be mounted; undefined when it was stopped before. */
  async #prepare(): Promise<Map<string, string> | undefined> {
    const { clock, sources, events, isLocal } = this.#context;
    const { asked } = this.#stopper;
    const allowHostPath = !this.#tracks().some(({ container }) => isLocal(container.image ?? ''));
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    for (let failures = 0; !asked.aborted; failures++) {
      try {
        const dir = path.join(this.dir, 'volumes');
        const folders = await mountVolumes(this.#pod, { dir, sources, allowHostPath });
        this.#isPrepared = true;
        return folders;
      } catch (error) {
        const message =
          error instanceof MountError ? error.message : `MountVolume.SetUp failed: ${messageOf(error)}`;
        events.record(podObject(this.#pod), 'Warning', 'FailedMount', message);
        // The kubelet's: half a second doubling to two minutes.
        await sleep(clock, Math.min(120_000, 500 * 2 ** failures), asked);
      }
    }
    return undefined;
  }

  #watchDeadline(): () => void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined) return () => {};
    const { clock, events } = this.#context;
    const left = Date.parse(this.#startTime) + seconds * 1000 - clock.now();
    return clock.after(left, () => {
      const message = 'Pod was active on the node longer than the specified deadline';
      this.#failure ??= { reason: 'DeadlineExceeded', message };
      events.record(podObject(this.#pod), 'Normal', 'DeadlineExceeded', message);
      this.#stopper.stop((this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000);
    });
  }

  #lose(): void {
    this.#failure = {
      reason: 'RunnerRestarted',
      message: 'The runner was restarted while the pod was running: its processes are gone',
    };
    this.#stopper.stop(0);
  }

  /** What a pod that failed says of containers nobody saw the end of (the kubelet's words). */
  #endTracks(): void {
    const now = kubeTime(this.#context.clock.now());
    for (const track of this.#tracks()) {
      if (!track.state.running) continue;
      track.state = {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was terminated',
          startedAt: track.state.running.startedAt,
          finishedAt: now,
        },
      };
    }
  }

  #publish(): void {
    this.#cancelFirst();
    if (this.#isGone || (this.#isShutDown && this.#isForNext())) return;
    const view: PodView = {
      restartPolicy: this.#pod.spec?.restartPolicy ?? 'Always',
      init: this.#init,
      containers: this.#containers,
      failure: this.#failure && this.#isStill() ? this.#failure : undefined,
      startTime: this.#startTime,
      isPrepared: this.#isPrepared,
    };
    this.#last = podStatus(view, this.#last, this.#context.clock.now());
    this.#writer.write(this.#last);
  }

  /** A failure from outside is shown when nothing runs any more: a Failed pod with a running process would be a lie. */
  #isStill(): boolean {
    return !this.#tracks().some(({ state }) => state.running);
  }
}

/** A container that ran before the runner was started again goes on as after a crash. */
function restarted(track: ContainerTrack, waiting: string): void {
  if (track.state.waiting) return;
  track.lastState = track.state.terminated ? track.state : {};
  track.state = { waiting: { reason: waiting } };
  track.restartCount++;
}
