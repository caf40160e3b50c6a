/** Judges reports in workers that can be killed, a few of them at once. */
import { availableParallelism } from 'node:os';
import { errorOf } from './failures.ts';
import type { PolicyEngine, PolicyLimits } from './verdict.ts';
import type { WorkerRequest } from './protocol.ts';
import { WorkerProcess } from './worker-process.ts';
import type { Answer, Limits } from './worker-process.ts';

export interface PolicyEngineOptions {
  /** How many policies may be evaluated at the same time; default 2 to 4, by the machine. Further ones wait. */
  workers?: number;
  /** For requests that name none. */
  limits?: PolicyLimits;
  /** Milliseconds after which a worker with nothing to do is ended, so that an idle program is small; default 30,000. */
  idleMs?: number;
  /** The worker's file, where a bundle put it elsewhere. */
  workerUrl?: URL;
}

const defaultLimits: Limits = { timeMs: 10_000, memoryBytes: 256 * 1024 * 1024 };

/**
 * An engine whose workers come up when they are first needed, stay warm with the policies they compiled, and are killed
 * at the limits of time and memory; the next evaluation is not touched by that.
 */
export function createPolicyEngine(options: PolicyEngineOptions = {}): PolicyEngine {
  const pool = new WorkerPool(options);
  const limitsOf = (given: PolicyLimits = {}): Limits => ({
    timeMs: given.timeMs ?? options.limits?.timeMs ?? defaultLimits.timeMs,
    memoryBytes: given.memoryBytes ?? options.limits?.memoryBytes ?? defaultLimits.memoryBytes,
  });
  return {
    async evaluate({ source, name, report, limits, signal }) {
      const bounds = limitsOf(limits);
      const answer = await pool.ask(
        (id) => ({ id, kind: 'evaluate', source, name, report, timeMs: bounds.timeMs }),
        bounds,
        signal,
      );
      if (answer.kind !== 'verdict') throw failureOf(answer);
      return answer.verdict;
    },
    async check(source, name) {
      const answer = await pool.ask((id) => ({ id, kind: 'check', source, name }), limitsOf());
      if (answer.kind !== 'contract') throw failureOf(answer);
      return { contract: answer.contract };
    },
    close: () => pool.close(),
  };
}

function failureOf(answer: Answer): Error {
  if (answer.kind === 'failure') return errorOf(answer.failure);
  return errorOf({
    code: 'Internal',
    message: 'the process that evaluates policies gave the wrong kind of answer',
  });
}

interface Waiting {
  run: () => void;
  fail: (error: Error) => void;
}

class WorkerPool {
  readonly #most: number;
  readonly #idleMs: number;
  readonly #url: URL;
  readonly #idle: { worker: WorkerProcess; timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<WorkerProcess>();
  readonly #waiting: Waiting[] = [];
  #slots = 0;
  #ids = 0;
  #closed = false;

  constructor({ workers, idleMs, workerUrl }: PolicyEngineOptions) {
    this.#most = workers ?? Math.min(4, Math.max(2, availableParallelism()));
    this.#idleMs = idleMs ?? 30_000;
    this.#url = workerUrl ?? ownWorker();
  }

  async ask(request: (id: number) => WorkerRequest, limits: Limits, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    await this.#slot(signal);
    try {
      if (this.#closed) throw closedError();
      const worker = this.#take(limits.memoryBytes);
      this.#busy.add(worker);
      try {
        return await worker.ask(request((this.#ids += 1)), limits, signal);
      } finally {
        this.#busy.delete(worker);
        signal?.throwIfAborted();
        this.#keep(worker);
      }
    } finally {
      this.#release();
    }
  }

  /** Waits until fewer than the most are at work. */
  async #slot(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#slots < this.#most) {
      this.#slots += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Waiting = { run: resolve, fail: reject };
    const abort = (): void => {
      const at = this.#waiting.indexOf(entry);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal?.reason);
    };
    this.#waiting.push(entry);
    signal?.addEventListener('abort', abort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next.run();
    else this.#slots -= 1;
  }

  /** The worker used last, since its caches are warm; one with other limits of memory cannot be used. */
  #take(memoryBytes: number): WorkerProcess {
    for (let at = this.#idle.length - 1; at >= 0; at -= 1) {
      const { worker, timer } = this.#idle[at] ?? {};
      if (!worker || (!worker.dead && worker.memoryBytes !== memoryBytes)) continue;
      this.#idle.splice(at, 1);
      clearTimeout(timer);
      if (!worker.dead) return worker;
    }
    return new WorkerProcess(this.#url, memoryBytes);
  }

  #keep(worker: WorkerProcess): void {
    if (worker.dead) return;
    if (this.#closed) return worker.kill();
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((one) => one.worker === worker);
      if (at >= 0) this.#idle.splice(at, 1);
      worker.kill();
    }, this.#idleMs);
    timer.unref();
    this.#idle.push({ worker, timer });
    if (this.#idle.length > this.#most) this.#idle.shift()?.worker.kill();
  }

  /** Ends every worker; what is under way or waits fails. */
  close(): Promise<void> {
    this.#closed = true;
    for (const { worker, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      worker.kill();
    }
    for (const worker of this.#busy) worker.kill();
    for (const { fail } of this.#waiting.splice(0)) fail(closedError());
    return Promise.resolve();
  }
}

function closedError(): Error {
  return errorOf({ code: 'Internal', message: 'the policy engine is closed' });
}

/** Beside this file, by its name among the sources or that in a bundle. */
function ownWorker(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './policy-worker.js', import.meta.url);
}
