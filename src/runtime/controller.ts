import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import type { BackoffOptions } from './backoff.ts';
import { WorkQueue } from './work-queue.ts';
import type { QueueHooks } from './work-queue.ts';

/** What a reconcile that did not throw asks for: nothing, or to be called again after a time. */
export interface Result {
  readonly requeueAfterMs?: number;
}

/** Nothing more to do until something changes. */
export const done: Result = {};

/** The same key again after `ms`, whatever happens meanwhile; a change brings it sooner. */
export function requeueAfter(ms: number): Result {
  return { requeueAfterMs: ms };
}

export interface ReconcileContext {
  /** Fires when the controller stops, or the reconcile took longer than `timeoutMs`. */
  readonly signal: AbortSignal;
  /** Failures of this key in a row before this call. */
  readonly failures: number;
}

/**
 * Brings the world of one key to what its object asks for. It is told only the key: it looks up what is there now,
 * and must come to the same end however often and after whatever it is called. For one key it never runs twice at
 * the same time. What its outcome means:
 * - `done`: the key's backoff is forgotten, and nothing happens until the key is added again.
 * - `requeueAfter(ms)`: the same, and the key comes again after `ms` unless it is added sooner.
 * - it throws: the key comes again after its backoff, which doubles with each failure in a row. A `ScanLinkError`
 *   that is `terminal` or `waiting` is not tried again: it comes when something it watches changes.
 */
export type Reconciler = (key: string, context: ReconcileContext) => Promise<Result>;

export interface ControllerOptions {
  /** In logs and metrics. */
  readonly name: string;
  readonly reconcile: Reconciler;
  /** Keys worked on at a time (default 4). */
  readonly workers?: number;
  /** Of one reconcile (default 5 min); its signal fires then. */
  readonly timeoutMs?: number;
  readonly backoff?: BackoffOptions;
  readonly hooks?: QueueHooks & {
    /** After each reconcile: how it went. */
    reconciled?(outcome: 'done' | 'requeue' | 'error' | 'terminal', ms: number): void;
  };
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
}

export interface Controller {
  readonly name: string;
  /** Watches add their keys here; it may be filled before the start. */
  readonly queue: WorkQueue;
  /** Starts the workers. */
  start(): void;
  /** Takes no more keys; resolves when every running reconcile has ended. */
  stop(): Promise<void>;
}

export function createController(options: ControllerOptions): Controller {
  const { name, reconcile, workers = 4, timeoutMs = 300_000, hooks } = options;
  const { clock = systemClock, log = silentLog } = options;
  const queue = new WorkQueue({ clock, random: options.random, backoff: options.backoff, hooks });
  const ending = new AbortController();
  let running: Promise<void>[] = [];

  const call = async (key: string): Promise<Result> => {
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort(new Error(`${name}: "${key}" took too long`)));
    try {
      const signal = AbortSignal.any([ending.signal, late.signal]);
      return await reconcile(key, { signal, failures: queue.failures(key) });
    } finally {
      cancel();
    }
  };

  const one = async (key: string): Promise<void> => {
    const started = clock.now();
    const report = (outcome: 'done' | 'requeue' | 'error' | 'terminal'): void =>
      hooks?.reconciled?.(outcome, clock.now() - started);
    try {
      const { requeueAfterMs } = await call(key);
      queue.forget(key);
      if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
      report(requeueAfterMs === undefined ? 'done' : 'requeue');
    } catch (error) {
      if (ending.signal.aborted) return;
      if (error instanceof ScanLinkError && error.retry !== 'retryable') {
        queue.forget(key);
        log.warn({ controller: name, key, code: error.code, error: error.message }, 'not tried again');
        report('terminal');
        return;
      }
      const waitMs = Math.round(queue.retry(key));
      const failures = queue.failures(key);
      // The stack is for us: whatever is no ScanLinkError is a bug.
      const err = error instanceof ScanLinkError ? undefined : error;
      log.warn(
        { controller: name, key, failures, waitMs, error: messageOf(error), err },
        'failed, trying again',
      );
      report('error');
    }
  };

  const work = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await one(key);
      } finally {
        queue.done(key);
      }
    }
  };

  return {
    name,
    queue,
    start() {
      if (running.length === 0) running = Array.from({ length: workers }, () => work());
    },
    async stop() {
      queue.close();
      ending.abort();
      await Promise.all(running);
    },
  };
}
