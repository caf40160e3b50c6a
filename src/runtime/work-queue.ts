import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { backoffMs } from './backoff.ts';
import type { BackoffOptions } from './backoff.ts';
import { Heap } from './heap.ts';

/** Larger goes first. What a user just changed must not wait behind thousands of keys of a resync. */
export const priority = { user: 10, normal: 0, resync: -10 } as const;

/** Told about what happens, for metrics; must not throw. Times in milliseconds. */
export interface QueueHooks {
  /** A key was added that was not waiting already. */
  added?(key: string): void;
  /** A key was handed to a worker after waiting since it was due. */
  taken?(key: string, waitedMs: number): void;
  finished?(key: string, workedMs: number): void;
  retried?(key: string, failures: number, delayMs: number): void;
}

export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Between failures of one key (default 5 ms doubling to 1000 s, as controller-runtime's). */
  readonly backoff?: BackoffOptions;
  readonly hooks?: QueueHooks;
}

export interface AddOptions {
  readonly priority?: number;
}

interface Entry {
  readonly key: string;
  readonly dueAt: number;
  readonly priority: number;
  /** Order of arrival among equals. */
  readonly order: number;
}

/**
 * A queue of keys. Each key waits at most once, is worked on by at most one worker, and is never lost: added while it
 * is worked on, it comes again after `done`. Adding a key that waits already keeps the earlier time and the higher
 * priority.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: BackoffOptions;
  readonly #hooks: QueueHooks;
  /** What waits, due or not. The heaps may hold outdated entries; only the one found here counts. */
  readonly #waiting = new Map<string, Entry>();
  readonly #working = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #later = new Heap<Entry>(
    (a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order),
  );
  readonly #ready = new Heap<Entry>(
    (a, b) => a.priority > b.priority || (a.priority === b.priority && a.order < b.order),
  );
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #order = 0;
  #timer: { at: number; cancel: () => void } | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#backoff = options.backoff ?? { baseMs: 5, maxMs: 1_000_000 };
    this.#hooks = options.hooks ?? {};
  }

  /** Keys that wait, delayed ones included, without those being worked on. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Keys being worked on. */
  get working(): number {
    return this.#working.size;
  }

  add(key: string, options?: AddOptions): void {
    this.addAfter(key, 0, options);
  }

  /** Adds the key once `ms` have passed. */
  addAfter(key: string, ms: number, options: AddOptions = {}): void {
    if (this.#closed) return;
    const wanted = {
      dueAt: this.#clock.now() + Math.max(0, ms),
      priority: options.priority ?? priority.normal,
    };
    const old = this.#waiting.get(key);
    if (old && old.dueAt <= wanted.dueAt && old.priority >= wanted.priority) return;
    const entry: Entry = {
      key,
      dueAt: Math.min(wanted.dueAt, old?.dueAt ?? Number.POSITIVE_INFINITY),
      priority: Math.max(wanted.priority, old?.priority ?? Number.NEGATIVE_INFINITY),
      order: old?.order ?? this.#order++,
    };
    this.#waiting.set(key, entry);
    if (!old) this.#hooks.added?.(key);
    this.#place(entry);
    this.#serve();
  }

  /** Adds the key after its backoff, which grows with each call until `forget`. Returns the delay. */
  retry(key: string, options?: AddOptions): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const delayMs = backoffMs(failures, this.#backoff, this.#random);
    this.#hooks.retried?.(key, failures, delayMs);
    this.addAfter(key, delayMs, options);
    return delayMs;
  }

  /** The key's work went well, or its object is gone: its next failure begins the backoff anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. Every key taken needs a `done`. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  /** The worker is through with the key, however it went. @throws RangeError for a key that was not taken */
  done(key: string): void {
    const since = this.#working.get(key);
    if (since === undefined) throw new RangeError(`queue: done("${key}") without take`);
    this.#working.delete(key);
    this.#hooks.finished?.(key, this.#clock.now() - since);
    const entry = this.#waiting.get(key);
    if (entry) this.#place(entry);
    this.#serve();
  }

  /** Drops what waits and lets go of the takers; keys being worked on still get their `done`. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** A key being worked on stays out of the heaps until `done`. */
  #place(entry: Entry): void {
    if (this.#working.has(entry.key)) return;
    const due = entry.dueAt <= this.#clock.now();
    (due ? this.#ready : this.#later).push(entry);
  }

  #serve(): void {
    this.#promote();
    while (this.#takers.length > 0) {
      const entry = this.#nextReady();
      if (!entry) break;
      const now = this.#clock.now();
      this.#waiting.delete(entry.key);
      this.#working.set(entry.key, now);
      this.#hooks.taken?.(entry.key, now - entry.dueAt);
      this.#takers.shift()?.(entry.key);
    }
    this.#schedule();
  }

  /** Moves what has fallen due to the ready heap. */
  #promote(): void {
    const now = this.#clock.now();
    for (let next = this.#later.peek(); next && next.dueAt <= now; next = this.#later.peek()) {
      this.#later.pop();
      if (this.#isCurrent(next)) this.#ready.push(next);
    }
  }

  #nextReady(): Entry | undefined {
    for (let entry = this.#ready.pop(); entry; entry = this.#ready.pop()) {
      if (this.#isCurrent(entry)) return entry;
    }
    return undefined;
  }

  #isCurrent(entry: Entry): boolean {
    return this.#waiting.get(entry.key) === entry && !this.#working.has(entry.key);
  }

  /** One timer, for the earliest delayed key. */
  #schedule(): void {
    if (this.#closed) return;
    let next = this.#later.peek();
    while (next && !this.#isCurrent(next)) {
      this.#later.pop();
      next = this.#later.peek();
    }
    if (this.#timer && this.#timer.at === next?.dueAt) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!next) return;
    const at = next.dueAt;
    const cancel = this.#clock.after(at - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#serve();
    });
    this.#timer = { at, cancel };
  }
}
