import { execFile, spawn } from 'node:child_process';
import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerRuntime, ContainerSpec, Exit, RunningContainer } from './types.ts';
import { ContainerRefused } from './types.ts';

/** Runs containers of any image by a container engine's command line. */
export interface OciOptions {
  /** Path of `podman` or `docker`. */
  readonly program: string;
  /** Put after `run`, for machines that need them: `--runtime runc --ulimit nofile=1024:1024`. */
  readonly runFlags?: readonly string[];
  /** What the engine itself needs of the environment (PATH, HOME, DOCKER_HOST). */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const queryTimeoutMs = 30_000;
const pullTimeoutMs = 15 * 60_000;
const outputMaxBytes = 1 << 20;

/** The container engine on the search path that answers, podman before docker; undefined when none does. */
export async function findOciRuntime(
  options: Omit<OciOptions, 'program'>,
): Promise<ContainerRuntime | undefined> {
  for (const name of ['podman', 'docker']) {
    for (const folder of (options.env['PATH'] ?? '').split(path.delimiter)) {
      const program = path.join(folder, name);
      const runs = await access(program, constants.X_OK).then(
        () => true,
        () => false,
      );
      // Docker's command is often there without its server.
      if (runs && (await answers(program, options.env))) return ociRuntime({ ...options, program });
    }
  }
  return undefined;
}

async function answers(program: string, env: OciOptions['env']): Promise<boolean> {
  try {
    await call({ program, env }, ['version', '--format', '{{.Server.Version}}'], 5_000);
    return true;
  } catch {
    // Podman without a service knows no server, and needs none.
    return (
      path.basename(program) === 'podman' &&
      (await call({ program, env }, ['version'], 5_000).then(
        () => true,
        () => false,
      ))
    );
  }
}

export function ociRuntime(options: OciOptions): ContainerRuntime {
  const scheme = path.basename(options.program);
  return {
    scheme,
    async isPresent(image) {
      const query = ['image', 'inspect', '--format', '{{.Id}}', image];
      return call(options, query, queryTimeoutMs).then(
        () => true,
        () => false,
      );
    },
    async pull(image, authFile) {
      const env = authFile ? { ...options.env, REGISTRY_AUTH_FILE: authFile } : options.env;
      // Docker reads the same file as `config.json` of a folder.
      const config = authFile && scheme === 'docker' ? ['--config', path.dirname(authFile)] : [];
      await call({ ...options, env }, [...config, 'pull', '--quiet', image], pullTimeoutMs);
    },
    start: (spec) => start(spec, options),
    async removeLeftovers(owner) {
      const query = ['ps', '--all', '--quiet', '--filter', `label=${ownerLabel}=${owner}`];
      const ids = (await call(options, query, queryTimeoutMs)).split('\n').filter(Boolean);
      if (ids.length > 0) await call(options, ['rm', '--force', ...ids], queryTimeoutMs);
    },
  };
}

/** Names are global to the engine: ours begin with this. */
const namePrefix = 'scan-link-';
const ownerLabel = 'scan-link-runner';

/** @throws ContainerRefused for a mount that cannot be written in a flag */
export function runArguments(spec: ContainerSpec, runFlags: readonly string[] = []): string[] {
  const flags = ['--name', namePrefix + spec.id, '--rm=false', '--pull=never', ...runFlags];
  flags.push('--label', `${ownerLabel}=${spec.owner}`);
  if (spec.workingDir) flags.push('--workdir', spec.workingDir);
  if (spec.memoryLimitBytes) flags.push('--memory', String(Math.floor(spec.memoryLimitBytes)));
  if (spec.user !== undefined) flags.push('--user', String(spec.user));
  for (const { hostPath, mountPath, readOnly } of spec.mounts) {
    if (hostPath.includes(':') || mountPath.includes(':')) {
      throw new ContainerRefused(
        'CreateContainerConfigError',
        `mountPath "${mountPath}" must not contain ":"`,
      );
    }
    flags.push('--volume', `${hostPath}:${mountPath}${readOnly ? ':ro' : ''}`);
  }
  // By a file, where no process list shows them; never by the engine's own environment, which a manifest could use to
  // make the engine load things. A file holds one line a variable.
  flags.push('--env-file', envFile(spec));
  for (const [name, value] of Object.entries(spec.env)) {
    if (value.includes('\n')) flags.push('--env', `${name}=${value}`);
  }
  const [program, ...rest] = spec.command ?? [];
  if (program !== undefined) flags.push('--entrypoint', program);
  return ['run', ...flags, spec.image, ...rest, ...(spec.args ?? [])];
}

const envFile = (spec: ContainerSpec): string => path.join(spec.privateDir, 'env');

async function start(spec: ContainerSpec, options: OciOptions): Promise<RunningContainer> {
  const args = runArguments(spec, options.runFlags);
  const lines = Object.entries(spec.env).filter(([, value]) => !value.includes('\n'));
  const text = lines.map(([name, value]) => `${name}=${value}\n`).join('');
  await writeFile(envFile(spec), text, { mode: 0o600 });
  const child = spawn(options.program, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const name = namePrefix + spec.id;
  const code = new Promise<number>((resolve) => {
    child.once('error', () => resolve(125));
    child.once('exit', (status) => resolve(status ?? 137));
  });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited: code.then((status) => exitOf(status, name, options)),
    kill(signal) {
      call(options, ['kill', '--signal', signal, name], queryTimeoutMs).catch(() => child.kill('SIGKILL'));
    },
  };
}

/** 125 is the engine's own failure (podman-run(1), "Exit Status"); any other code is the container's. */
async function exitOf(status: number, name: string, options: OciOptions): Promise<Exit> {
  const query = ['inspect', '--format', '{{.State.OOMKilled}}', name];
  const oomKilled = await call(options, query, queryTimeoutMs).catch(() => '');
  await call(options, ['rm', '--force', name], queryTimeoutMs).catch(() => '');
  const startError =
    status === 125 ? `${path.basename(options.program)} could not start it: see its log` : undefined;
  return { code: status, oomKilled: oomKilled.trim() === 'true', startError };
}

/** Runs the engine to its end and gives what it printed. @throws Error with the last line of its complaint */
function call(
  { program, env }: Pick<OciOptions, 'program' | 'env'>,
  args: readonly string[],
  timeout: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout, maxBuffer: outputMaxBytes }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
      else resolve(stdout);
    });
  });
}
