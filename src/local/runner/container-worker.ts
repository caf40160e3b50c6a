import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Pod } from '../../kube/builtin-types.ts';
import { kubeTime } from '../../kube/time.ts';
import { messageOf } from '../../lib/errors.ts';
import { sleep } from '../../runtime/reflector.ts';
import { ContainerLog } from './container-log.ts';
import type { LogStream } from './container-log.ts';
import type { ContainerTrack } from './container-track.ts';
import type { RunnerContext } from './context.ts';
import { resolveEnvironment } from './environment.ts';
import { expand } from './expand.ts';
import { ensureImage, ImageError, podObject } from './image-pull.ts';
import { logTail } from './log-reader.ts';
import { parseQuantity } from './quantity.ts';
import type { Stopper } from './stopper.ts';
import { ContainerRefused } from './types.ts';
import type { ContainerSpec, Exit, RunningContainer } from './types.ts';
import { hostMounts, MountError } from './volumes.ts';

export interface ContainerWork {
  readonly pod: Pod;
  readonly track: ContainerTrack;
  /** The pod's folder on this machine. */
  readonly podDir: string;
  /** Volumes by name. */
  readonly folders: ReadonlyMap<string, string>;
  readonly restart: 'Always' | 'OnFailure' | 'Never';
  readonly stopper: Stopper;
  readonly context: RunnerContext;
  /** Called after every change of the track. */
  changed(): void;
  /** The log of the present start, for followers. */
  logging(log: ContainerLog): void;
}

/** The kubelet's: 10 s doubling to 5 min, forgotten after 10 min without a crash. */
const crashBackoff = { baseMs: 10_000, maxMs: 300_000, resetMs: 600_000 };
const messageMaxBytes = 4096;
const fallbackLines = 80;
const fallbackBytes = 2048;

/** Runs one container to its end: started again as its policy says. Returns whether its last exit was a success. */
export async function runContainer(work: ContainerWork): Promise<boolean> {
  const { track, restart, stopper } = work;
  let crashes = 0;
  for (;;) {
    const since = work.context.clock.now();
    const exit = await startAndWait(work);
    if (!exit) return false;
    const isOver = restart === 'Never' || (restart === 'OnFailure' && exit.code === 0);
    if (isOver || stopper.asked.aborted) return exit.code === 0;
    crashes = work.context.clock.now() - since > crashBackoff.resetMs ? 1 : crashes + 1;
    track.lastState = track.state;
    track.restartCount++;
    await backOff(work, crashes);
    if (stopper.asked.aborted) {
      track.state = track.lastState;
      return exit.code === 0;
    }
  }
}

async function backOff(work: ContainerWork, crashes: number): Promise<void> {
  const { pod, track, stopper, context } = work;
  const ms = Math.min(crashBackoff.maxMs, crashBackoff.baseMs * 2 ** (crashes - 1));
  const { name, namespace, uid } = pod.metadata;
  const who = `container=${track.container.name} pod=${name}_${namespace}(${uid})`;
  track.state = {
    waiting: { reason: 'CrashLoopBackOff', message: `back-off ${ms / 1000}s restarting failed ${who}` },
  };
  const said = `Back-off restarting failed container ${track.container.name} in pod ${name}_${namespace}(${uid})`;
  context.events.record(podObject(pod), 'Warning', 'BackOff', said);
  work.changed();
  await sleep(context.clock, ms, stopper.asked);
}

/** One start, however long image and configuration take to be there. Undefined when stopped before it ran. */
async function startAndWait(work: ContainerWork): Promise<Exit | undefined> {
  const { stopper } = work;
  for (let failures = 0; !stopper.asked.aborted; failures++) {
    try {
      return await startOnce(work);
    } catch (error) {
      await waitWith(work, error, failures);
    }
  }
  return undefined;
}

/** Says why the container waits, and waits. */
async function waitWith(work: ContainerWork, error: unknown, failures: number): Promise<void> {
  const { pod, track, stopper, context } = work;
  const image = track.container.image ?? '';
  const say = (reason: string, message: string): void => {
    track.state = { waiting: { reason, message } };
    work.changed();
  };
  if (!(error instanceof ImageError)) {
    const reason = error instanceof ContainerRefused ? error.reason : 'CreateContainerError';
    if (!(error instanceof ContainerRefused)) context.log.warn({ err: error }, 'container not started');
    say(reason, messageOf(error));
    context.events.record(podObject(pod), 'Warning', 'Failed', `Error: ${messageOf(error)}`);
    await sleep(context.clock, Math.min(30_000, 1000 * 2 ** failures), stopper.asked);
    return;
  }
  say(error.reason, error.message);
  const why =
    error.reason === 'ErrImagePull' ? `Failed to pull image "${image}": ${error.message}` : error.message;
  context.events.record(podObject(pod), 'Warning', 'Failed', why);
  context.events.record(podObject(pod), 'Warning', 'Failed', `Error: ${error.reason}`);
  const ms = Math.min(crashBackoff.maxMs, crashBackoff.baseMs * 2 ** failures);
  await sleep(context.clock, 1000, stopper.asked);
  if (stopper.asked.aborted) return;
  if (error.reason === 'ErrImagePull') {
    say('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${error.message}`);
    context.events.record(podObject(pod), 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
  }
  await sleep(context.clock, ms - 1000, stopper.asked);
}

async function startOnce(work: ContainerWork): Promise<Exit | undefined> {
  const { pod, track, podDir, stopper, context } = work;
  const { container, restartCount } = track;
  const runtime = await ensureImage(pod, container, podDir, context);
  const privateDir = path.join(podDir, 'containers', container.name);
  const messageFile = path.join(privateDir, 'termination-log');
  await mkdir(privateDir, { recursive: true });
  await writeFile(messageFile, '');
  const spec = await containerSpec(work, privateDir, messageFile);
  if (stopper.asked.aborted) return undefined;

  const log = new ContainerLog(logFile(podDir, container.name, restartCount), context.clock);
  const running = await runtime.start(spec);
  work.logging(log);
  const startedAt = kubeTime(context.clock.now());
  const containerId = `${runtime.scheme}://${spec.id}`;
  track.containerId = containerId;
  track.state = { running: { startedAt } };
  const pumps = [pump(running.stdout, 'stdout', log), pump(running.stderr, 'stderr', log)];
  const stopFollowing = forwardStop(work, running);
  const cancelAnnouncement = announce(work, running);
  const exit = await running.exited;
  cancelAnnouncement();
  stopFollowing();
  await Promise.all(pumps);
  await log.end();
  track.state = {
    terminated: {
      exitCode: exit.code,
      reason: reasonOf(exit),
      message: exit.startError ?? (await terminationMessage(work, exit, messageFile, log.file)),
      startedAt,
      finishedAt: kubeTime(context.clock.now()),
      containerID: containerId,
    },
  };
  work.changed();
  return exit;
}

/** A container that ends sooner never says that it runs: its end is told instead, a request earlier. */
const shortRunMs = 15;

/** Tells that the container runs. Returns how not to. */
function announce(work: ContainerWork, running: RunningContainer): () => void {
  const { pod, track, context } = work;
  const say = async (): Promise<void> => {
    const neverRan = await Promise.race([running.exited.then((exit) => exit.startError), Promise.resolve()]);
    if (neverRan !== undefined) return;
    const message = `Started container ${track.container.name}`;
    context.events.record(podObject(pod), 'Normal', 'Started', message);
  };
  void say();
  return context.clock.after(shortRunMs, () => work.changed());
}

function reasonOf({ code, oomKilled, startError }: Exit): string {
  if (startError !== undefined) return 'StartError';
  if (oomKilled) return 'OOMKilled';
  return code === 0 ? 'Completed' : 'Error';
}

/** Where the log of a container's n-th start is. */
export function logFile(podDir: string, container: string, restartCount: number): string {
  return path.join(podDir, 'containers', container, 'log', `${restartCount}.log`);
}

async function containerSpec(
  work: ContainerWork,
  privateDir: string,
  messageFile: string,
): Promise<ContainerSpec> {
  const { pod, track, context } = work;
  const { container } = track;
  const variables = await resolveEnvironment(pod, container, context.sources);
  const expandAll = (texts: string[] | undefined) => texts?.map((text) => expand(text, variables));
  const mounts = await mountsOf(work);
  mounts.push({
    mountPath: container.terminationMessagePath || '/dev/termination-log',
    hostPath: messageFile,
    readOnly: false,
  });
  return {
    id: `${container.name}-${pod.metadata.uid}-${track.restartCount}`,
    image: container.image ?? '',
    command: expandAll(container.command),
    args: expandAll(container.args),
    env: { HOSTNAME: pod.spec?.hostname || (pod.metadata.name ?? ''), ...variables },
    workingDir: container.workingDir,
    mounts,
    memoryLimitBytes: parseQuantity(container.resources?.limits?.['memory']),
    privateDir,
    owner: context.podsDir,
    user: container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser,
  };
}

async function mountsOf({ track, folders }: ContainerWork) {
  try {
    return await hostMounts(track.container, folders);
  } catch (error) {
    if (error instanceof MountError) throw new ContainerRefused('CreateContainerConfigError', error.message);
    throw error;
  }
}

/** Writes all that a stream gives. Takes at once whatever has gathered while the last write was under way. */
async function pump(stream: Readable, name: LogStream, log: ContainerLog): Promise<void> {
  let isOpen = !stream.destroyed;
  let wake = (): void => {};
  const end = (): void => {
    isOpen = false;
    wake();
  };
  stream.on('readable', () => wake());
  // Closed early: whoever held it open longer than its container is not listened to.
  for (const event of ['end', 'close', 'error']) stream.once(event, end);
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk) await log.append(name, chunk);
    else if (isOpen) await new Promise<void>((resolve) => (wake = resolve));
    else return;
  }
}

/** SIGTERM when the pod is to end, SIGKILL when its time is over. Returns how to stop passing them on. */
function forwardStop({ pod, track, stopper, context }: ContainerWork, running: RunningContainer): () => void {
  const term = (): void => {
    context.events.record(podObject(pod), 'Normal', 'Killing', `Stopping container ${track.container.name}`);
    running.kill('SIGTERM');
  };
  const kill = (): void => running.kill('SIGKILL');
  if (stopper.asked.aborted) term();
  if (stopper.killed.aborted) kill();
  stopper.asked.addEventListener('abort', term, { once: true });
  stopper.killed.addEventListener('abort', kill, { once: true });
  return () => {
    stopper.asked.removeEventListener('abort', term);
    stopper.killed.removeEventListener('abort', kill);
  };
}

/** What the container left in its message file; with FallbackToLogsOnError the end of its log where that is nothing. */
async function terminationMessage(
  { track }: ContainerWork,
  exit: Exit,
  messageFile: string,
  log: string,
): Promise<string | undefined> {
  const written = await readFile(messageFile).catch(() => Buffer.alloc(0));
  const text = written.subarray(0, messageMaxBytes).toString();
  if (text !== '') return text;
  const isWanted = track.container.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.code !== 0;
  return (isWanted && (await logTail(log, fallbackLines, fallbackBytes))) || undefined;
}
