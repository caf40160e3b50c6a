/**
 * One worker: a process of its own, since only a process can be killed whatever it does. A thread's limit of heap was
 * tried and is not enough: memory outside the heap is not counted, and one allocation that is too large ends the
 * whole program rather than the thread.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../lib/errors.ts';
import { memoryFailure, timeFailure } from './failures.ts';
import type { PolicyFailure } from './failures.ts';
import type { WorkerAnswer, WorkerRequest } from './protocol.ts';
import { residentBytes } from './resident.ts';

export interface Limits {
  timeMs: number;
  memoryBytes: number;
}

/** Answers to requests; `ready` is no answer. */
export type Answer = Exclude<WorkerAnswer, { kind: 'ready' }>;

const mebi = 1024 * 1024;
/** The worker stops by itself at the limit of time; only what cannot is killed, this much later. */
const grace = 250;
/**
 * What V8 takes beside the heap that it is limited to: its young generation, code, buffers. More than this on top of the
 * limit is memory outside of the heap, which V8 does not count.
 */
const beside = 128 * mebi;
/** How often a busy worker's memory is looked at. */
const watchEvery = 25;
/** Long enough for any machine: a worker that does not come up is a defect, not a policy's. */
const longestStart = 30_000;

export class WorkerProcess {
  readonly memoryBytes: number;
  readonly #child: ChildProcess;
  /** Settled when it can work, or never will. */
  readonly #ready: Promise<void>;
  /** What an idle worker has of memory: no policy is charged with it. */
  #baseline = 0;
  #current: { settle: (answer: Answer) => void; id: number } | undefined;
  #dead = false;
  #why: PolicyFailure | undefined;

  constructor(url: URL, memoryBytes: number) {
    this.memoryBytes = memoryBytes;
    const child = fork(fileURLToPath(url), [], {
      execArgv: [`--max-old-space-size=${Math.ceil(memoryBytes / mebi)}`, ...sandbox(url)],
      serialization: 'advanced',
      env: {}, // no policy may read it
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ready = promise;
    const timer = setTimeout(() => this.#kill(defect('did not start in time')), longestStart);
    child.on('message', (answer: WorkerAnswer) => {
      if (answer.kind !== 'ready') return this.#answered(answer);
      clearTimeout(timer);
      this.#baseline = residentBytes(child.pid) ?? 0;
      this.#idle();
      resolve();
    });
    const gone = (why: PolicyFailure): void => {
      clearTimeout(timer);
      this.#dead = true;
      this.#why ??= why;
      this.#settle({ kind: 'failure', id: this.#current?.id ?? 0, failure: this.#why });
      resolve(); // who waits for it sees that it is dead
    };
    child.on('error', (error) => gone(defect(messageOf(error))));
    child.on('exit', (code, signal) => gone(causeOfDeath(code, signal, memoryBytes)));
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Sends one request and waits for its answer. After a limit was passed or `signal` fired, the worker is dead. */
  async ask(request: WorkerRequest, limits: Limits, signal?: AbortSignal): Promise<Answer> {
    this.#busy();
    await this.#ready;
    this.#busy();
    if (signal?.aborted) this.kill();
    if (this.#dead) return { kind: 'failure', id: request.id, failure: this.#why ?? defect('is gone') };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#current = { settle: resolve, id: request.id };
    const timer = setTimeout(
      () => this.#kill(timeFailure(request.name, limits.timeMs)),
      limits.timeMs + grace,
    );
    const watch = setInterval(() => this.#watch(request.name), watchEvery);
    const abort = (): void => this.kill();
    signal?.addEventListener('abort', abort, { once: true });
    this.#child.send(request);
    try {
      return named(await promise, request.name);
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener('abort', abort);
      this.#idle();
    }
  }

  /** Ends the process; a request under way is answered as failed. */
  kill(): void {
    this.#kill(defect('was stopped'));
  }

  #watch(name: string): void {
    const bytes = residentBytes(this.#child.pid);
    if (bytes === undefined || bytes - this.#baseline <= this.memoryBytes + beside) return;
    this.#kill(memoryFailure(this.memoryBytes, name));
  }

  #kill(why: PolicyFailure): void {
    this.#why ??= why;
    if (this.#dead) return;
    this.#dead = true;
    this.#child.kill('SIGKILL');
    // The answer does not wait for the process to be gone: the machine may be slow with that.
    this.#settle({ kind: 'failure', id: this.#current?.id ?? 0, failure: this.#why });
  }

  #answered(answer: Answer): void {
    if (answer.id === this.#current?.id) this.#settle(answer);
  }

  #settle(answer: Answer): void {
    const current = this.#current;
    this.#current = undefined;
    current?.settle(answer);
  }

  #busy(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  /** An idle worker keeps no program running. */
  #idle(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

/** Node's permission model: nothing but reading the program itself. Defence in depth: no builtin asks for more. */
function sandbox(url: URL): string[] {
  const folder = dirname(fileURLToPath(url));
  const root = /^(.*)[\\/]src[\\/]policy$/.exec(folder)?.[1] ?? folder;
  return ['--permission', `--allow-fs-read=${root}`];
}

function defect(what: string): PolicyFailure {
  return { code: 'Internal', message: `the process that evaluates policies ${what}` };
}

/** V8 aborts when its heap is full, and the kernel kills who takes too much. */
function causeOfDeath(
  code: number | null,
  signal: NodeJS.Signals | null,
  memoryBytes: number,
): PolicyFailure {
  if (signal === 'SIGABRT' || signal === 'SIGKILL' || signal === 'SIGTRAP' || code === 134)
    return memoryFailure(memoryBytes);
  return defect(`ended with ${signal ?? `code ${code}`}`);
}

/** A process that died by itself does not know by which policy. */
function named(answer: Answer, name: string): Answer {
  if (answer.kind !== 'failure') return answer;
  const message = answer.failure.message.replace(/^policy {2}/, `policy ${name} `);
  return { ...answer, failure: { ...answer.failure, message } };
}
