/** Runs a program that may do anything, within limits. */
import { spawn } from 'node:child_process';
import { messageOf } from '../../lib/errors.ts';
import { memoryFailure, PolicyProblem, timeFailure } from '../failures.ts';
import { residentBytes } from '../resident.ts';
import { unavailable } from './opa-errors.ts';

export interface ProgramLimits {
  /** The policy's name in messages. */
  name: string;
  /** Working folder. */
  folder: string;
  /** What stdin holds. */
  input: string;
  timeMs: number;
  memoryBytes: number;
  signal: AbortSignal;
}

const mebi = 1024 * 1024;
const longestOutput = 64 * mebi;
const longestComplaint = 4096;
/** What the program has of memory before it reads a policy, with room to spare. */
const beside = 128 * mebi;
const watchEvery = 25;

/**
 * What the program printed, whatever its exit code. Rejects with the signal's reason, or `PolicyProblem`: `PolicyTimeout`,
 * `PolicyMemoryExceeded`, and `PolicyEngineUnavailable` where it cannot be started, was ended by somebody else or printed
 * nothing. However it ends, the process is gone.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { name, folder, input, timeMs, memoryBytes, signal }: ProgramLimits,
): Promise<string> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { GOMEMLIMIT: String(memoryBytes) }; // makes Go collect its garbage before the process is killed for it
  const child = spawn(program, args, { cwd: folder, env, stdio: 'pipe' });
  const stop = (why: unknown): void => {
    child.kill('SIGKILL');
    reject(why);
  };
  const timer = setTimeout(() => stop(new PolicyProblem(timeFailure(name, timeMs))), timeMs);
  const watch = setInterval(() => {
    const bytes = residentBytes(child.pid);
    if (bytes === undefined || bytes <= memoryBytes + beside) return;
    stop(new PolicyProblem(memoryFailure(memoryBytes, name)));
  }, watchEvery);
  const abort = (): void => stop(signal.reason);
  signal.addEventListener('abort', abort, { once: true });

  const printed: Buffer[] = [];
  let length = 0;
  let complaint = '';
  child.stdout.on('data', (part: Buffer) => {
    length += part.length;
    printed.push(part);
    if (length > longestOutput) stop(tooLong(name));
  });
  child.stderr.on('data', (part: Buffer) => (complaint = (complaint + part).slice(-longestComplaint)));
  child.stdin.on('error', () => undefined); // it ended before it read everything: its exit says why
  child.stdin.end(input);
  child.on('error', (error) => reject(unavailable(`${program} does not start: ${messageOf(error)}`)));
  child.on('close', (code, killed) => {
    if (killed !== null) return reject(unavailable(`${program} was ended by ${killed}`));
    if (length === 0) return reject(unavailable(`${program} ended with code ${code}: ${complaint.trim()}`));
    resolve(Buffer.concat(printed).toString('utf8'));
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
  }
}

function tooLong(name: string): PolicyProblem {
  const message = `policy ${name} failed: its answer is longer than ${longestOutput / mebi} MiB`;
  return new PolicyProblem({ code: 'PolicyResultInvalid', message });
}
