import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { findImage } from './images.ts';
import type { ImageRuntime } from './images.ts';
import type { Leftovers } from './leftovers.ts';
import { hostPathOf, rewritePaths } from './mount-paths.ts';
import { residentBytes } from './process-memory.ts';
import { ContainerRefused } from './types.ts';
import type { ContainerRuntime, ContainerSpec, Exit, RunningContainer } from './types.ts';

/** What a process finds beside its container's environment. */
export interface ProcessRuntimeOptions {
  readonly images: readonly ImageRuntime[];
  /** Where programs are looked for. */
  readonly path: string;
  readonly clock: Clock;
  readonly leftovers: Leftovers;
}

const memoryCheckMs = 250;
/** Whoever left the process group and keeps our pipes open is not waited for longer than this. */
const pipeGraceMs = 500;

/**
 * Runs containers of the images in the table as processes of this machine, each in a process group of its own, with
 * nothing of our environment. No isolation is promised: that is what a cluster is for.
 */
export function processRuntime(options: ProcessRuntimeOptions): ContainerRuntime {
  return {
    scheme: 'process',
    isPresent: () => Promise.resolve(true),
    pull: () => Promise.resolve(),
    async start(spec) {
      const image = findImage(options.images, spec.image);
      if (!image) throw new ContainerRefused('CreateContainerError', `no local image "${spec.image}"`);
      const argv = commandLine(image, spec).map((argument) => rewritePaths(argument, spec.mounts));
      const cwd = await workingDirectory(spec);
      const env = environmentOf(image, spec, options.path);
      return run(argv, cwd, env, spec, options);
    },
  };
}

/** @throws ContainerRefused `CreateContainerError` when the manifest names a program that the image does not allow */
export function commandLine(
  image: ImageRuntime,
  { command, args = [], image: name }: Pick<ContainerSpec, 'command' | 'args' | 'image'>,
): string[] {
  if (!command?.length) return [...image.entrypoint, ...args];
  if (image.allowCommand) return [...command, ...args];
  const [program = '', ...rest] = command;
  const names = image.programNames ?? [];
  if (names.includes(path.posix.basename(program))) return [...image.entrypoint, ...rest, ...args];
  const allowed = names.length > 0 ? `only ${names.map((name) => `"${name}"`).join(' or ')}` : 'no command';
  throw new ContainerRefused(
    'CreateContainerError',
    `image "${name}" runs as a process of this machine and takes ${allowed}, not "${program}": leave "command" out and use "args"`,
  );
}

function environmentOf(image: ImageRuntime, spec: ContainerSpec, searchPath: string): Record<string, string> {
  const own = Object.fromEntries(
    Object.entries({ ...image.env, ...spec.env }).map(([name, value]) => [
      name,
      rewritePaths(value, spec.mounts),
    ]),
  );
  return { PATH: searchPath, HOME: spec.privateDir, TMPDIR: path.join(spec.privateDir, 'tmp'), ...own };
}

/** A `workingDir` under a mount is that folder; any other is made inside the container's own folder. */
async function workingDirectory(spec: ContainerSpec): Promise<string> {
  const wanted = spec.workingDir
    ? hostPathOf(path.posix.resolve('/', spec.workingDir), spec.mounts)
    : undefined;
  const folder =
    wanted ?? path.join(spec.privateDir, 'work', path.posix.resolve('/', spec.workingDir ?? '/'));
  await mkdir(path.join(spec.privateDir, 'tmp'), { recursive: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

async function run(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string>,
  spec: ContainerSpec,
  options: ProcessRuntimeOptions,
): Promise<RunningContainer> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { stdout, stderr } = child;
  if (child.pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    return neverRan(`exec: "${program}": ${spawnProblem(error)}`);
  }
  options.leftovers.started(spec.privateDir, child.pid);
  const memory = watchMemory(child.pid, spec.memoryLimitBytes, options.clock);
  const exited = exitOf(child).then((code): Exit => {
    memory.stop();
    // Whatever it started ends with it, as in a container whose first process has ended.
    signalGroup(child, 'SIGKILL');
    options.leftovers.ended(spec.privateDir);
    options.clock.after(pipeGraceMs, () => {
      stdout?.destroy();
      stderr?.destroy();
    });
    return { code, oomKilled: memory.exceeded() };
  });
  return {
    stdout: stdout ?? new PassThrough().end(),
    stderr: stderr ?? new PassThrough().end(),
    exited,
    // As in a container: asked is the first process, killed are all.
    kill: (signal) => void (signal === 'SIGKILL' ? signalGroup(child, signal) : child.kill(signal)),
  };
}

function neverRan(startError: string): RunningContainer {
  const empty = () => new PassThrough().end();
  const exit = { code: 128, oomKilled: false, startError };
  return { stdout: empty(), stderr: empty(), exited: Promise.resolve(exit), kill: () => {} };
}

function spawnProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'executable file not found in $PATH';
  return code === 'EACCES' ? 'permission denied' : error.message;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

/** Kills the group when it takes more than its limit: best effort, by looking every quarter of a second. */
function watchMemory(pid: number, limit: number | undefined, clock: Clock) {
  let exceeded = false;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    const bytes = limit === undefined ? undefined : await residentBytes(pid);
    if (limit === undefined || bytes === undefined) return;
    if (bytes <= limit) {
      cancel = clock.after(memoryCheckMs, () => void look());
      return;
    }
    exceeded = true;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      exceeded = false;
    }
  };
  if (limit !== undefined) cancel = clock.after(memoryCheckMs, () => void look());
  return { stop: () => cancel(), exceeded: () => exceeded };
}
