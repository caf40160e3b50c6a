/** Runs the `git` program: without questions, hooks or the user's configuration, within time and size. */
import { spawn } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface GitOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Watches how large the folder `.git` grows, and stops git when it holds more than `max` bytes. */
  readonly watch?: { readonly max: number; readonly onBytes?: (bytes: number) => void };
  /** Called with each piece of standard output; throwing ends the run. Without it the output is kept. */
  readonly onOutput?: (chunk: string) => void;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
  /** True where the folder grew too large. */
  readonly tooLarge: boolean;
}

/** What a repository, or whoever runs this, must not be able to change. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'credential.helper=',
  'init.templateDir=',
  'init.defaultBranch=main',
  'advice.detachedHead=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'protocol.version=2',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
];

const mostOutput = 1024 * 1024;
const keptError = 8 * 1024;
const lookEveryMs = 200;

/** @throws the signal's reason when aborted, what `onOutput` throws, or the error of starting git. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  options.signal.throwIfAborted();
  const child = spawn('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: git's helpers (ssh, remote-https) end with it.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  let failure: unknown;
  let tooLarge = false;
  const stop = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // already gone
    }
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    try {
      if (options.onOutput) options.onOutput(chunk);
      else if (output.stdout.length < mostOutput) output.stdout += chunk;
    } catch (error) {
      failure ??= error;
      stop();
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr = (output.stderr + chunk).slice(-keptError);
  });
  const { watch } = options;
  const look = (): void => {
    if (!watch) return;
    const bytes = folderBytes(path.join(options.cwd, '.git'), watch.max);
    watch.onBytes?.(bytes);
    if (bytes <= watch.max) return;
    tooLarge = true;
    stop();
  };
  const watching = watch && setInterval(look, lookEveryMs);
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 128));
    });
    options.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    return { code, ...output, tooLarge };
  } finally {
    clearInterval(watching);
    options.signal.removeEventListener('abort', stop);
  }
}

/** Bytes of the files below `folder`, counted until `enough` is passed. */
function folderBytes(folder: string, enough: number): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined && bytes <= enough; next = waiting.pop()) {
    for (const entry of entriesOf(next)) {
      const inner = path.join(next, entry.name);
      if (entry.isDirectory()) waiting.push(inner);
      else bytes += lstatSync(inner, { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return bytes;
}

/** None where the folder went away: git moves its files about. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
