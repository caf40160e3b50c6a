import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

import { reap } from './reaper.ts';

/** A server that runs beside the test, with everything it prints in a file. */
export type ServerProcess = {
  readonly name: string;
  readonly pid: number;
  /** The file with its stdout and stderr. */
  readonly logFile: string;
  /** Undefined while it runs; then how it ended, e.g. `exit code 1`. */
  ended: () => string | undefined;
  /** SIGTERM, and SIGKILL after `graceMs` (default 5 s). Resolves when it is gone. */
  stop: (graceMs?: number) => Promise<void>;
  /** SIGKILL at once. Resolves when it is gone. */
  kill: () => Promise<void>;
};

export type ServerCommand = {
  name: string;
  program: string;
  args: readonly string[];
  logFile: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Whom it runs as; this process's own user without it. */
  uid?: number;
  gid?: number;
};

/**
 * Starts a server. It is killed when this process ends, whatever way. Throws when the program
 * cannot be started at all; one that starts and ends at once is seen by `ended`.
 */
export async function startProcess(command: ServerCommand): Promise<ServerProcess> {
  const log = openSync(command.logFile, 'a');
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: command.env,
    uid: command.uid,
    gid: command.gid,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ending: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = signal ?? `exit code ${code}`;
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.name} has no process id`);
  const forget = reap(pid);
  void gone.then(forget);
  const end = async (signal: NodeJS.Signals, graceMs?: number): Promise<void> => {
    if (ending !== undefined) return;
    child.kill(signal);
    const timer = graceMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
  };
  return {
    name: command.name,
    pid,
    logFile: command.logFile,
    ended: () => ending,
    stop: (graceMs = 5000) => end('SIGTERM', graceMs),
    kill: () => end('SIGKILL'),
  };
}

/**
 * Asks `isReady` again and again until it says true. Throws with the end of the server's log when
 * the server ends first or `timeoutMs` is over. A throwing `isReady` counts as not yet.
 */
export async function waitUntilReady(
  server: ServerProcess,
  isReady: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (server.ended() !== undefined) throw new Error(notReady(server, `ended with ${server.ended()}`));
    if (await isReady().catch(() => false)) return;
    if (performance.now() > deadline) throw new Error(notReady(server, `not ready after ${timeoutMs} ms`));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function notReady(server: ServerProcess, why: string): string {
  const lines = readFileSync(server.logFile, 'utf8').trimEnd().split('\n').slice(-15);
  return `${server.name}: ${why}. The end of ${server.logFile}:\n${lines.join('\n')}`;
}
