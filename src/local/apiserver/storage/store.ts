/**
 * All objects, one revision counter, and who listens. Synchronous on purpose: between reading an object and writing
 * it nothing else can run, so that every check (optimistic lock, uniqueness, finalizers) and its write are one step.
 */
import type { Clock } from '../../../lib/clock.ts';
import { ObjectCache } from './cache.ts';
import { Database } from './database.ts';
import type { PageQuery } from './database.ts';
import { History } from './history.ts';
import { Stored } from './stored.ts';
import type { Change } from './stored.ts';
import type { Obj } from '../types.ts';

export interface StoreOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly historyChanges?: number;
  readonly historyBytes?: number;
  /** Told of what a listener threw. */
  readonly onListenerError?: (error: unknown) => void;
}

const keyOf = (resource: string, namespace: string, name: string): string =>
  `${resource}/${namespace}/${name}`;

export class Store {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #cache = new ObjectCache(4 << 20);
  readonly #listeners = new Set<(change: Change) => void>();
  readonly history: History;
  readonly #onListenerError: (error: unknown) => void;
  #revision: number;

  constructor(options: StoreOptions) {
    this.#db = new Database(options.file);
    this.#clock = options.clock;
    this.#onListenerError = options.onListenerError ?? (() => {});
    this.#revision = this.#db.revision();
    this.history = new History(
      this.#revision,
      options.historyChanges ?? 4096,
      options.historyBytes ?? 8 << 20,
    );
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  get(resource: string, namespace: string, name: string): Stored | undefined {
    const key = keyOf(resource, namespace, name);
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const found = this.#db.get(resource, namespace, name);
    if (found) this.#cache.set(key, found);
    return found;
  }

  page(resource: string, query: PageQuery): Stored[] {
    return this.#db.page(resource, query);
  }

  /** Every object of a resource, a few hundred at a time; objects written meanwhile may or may not be among them. */
  *all(resource: string, namespace?: string): Generator<Stored> {
    let after: readonly [string, string] | undefined;
    for (;;) {
      const page = this.#db.page(resource, { namespace, after, limit: 200 });
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < 200) return;
      after = [last.namespace, last.name];
    }
  }

  count(resource: string, namespace?: string): number {
    return this.#db.count(resource, namespace);
  }

  resources(namespace?: string): string[] {
    return this.#db.resources(namespace);
  }

  olderThan(resource: string, updated: number, limit: number): Stored[] {
    return this.#db.olderThan(resource, updated, limit);
  }

  owners(): [string, string, string, string][] {
    return this.#db.owners();
  }

  /** Writes `object` (its resourceVersion is set here) over what is there; the caller has made its checks. */
  put(resource: string, namespace: string, name: string, object: Obj): Stored {
    const previous = this.get(resource, namespace, name);
    const revision = this.#revision + 1;
    const stored = this.#stored(resource, namespace, name, revision, object);
    this.#db.put(stored, this.#clock.now());
    this.#cache.set(keyOf(resource, namespace, name), stored);
    this.#publish({ type: previous ? 'MODIFIED' : 'ADDED', revision, stored, previous });
    return stored;
  }

  /** Removes for good and tells the watchers the last state. */
  remove(previous: Stored): Stored {
    const revision = this.#revision + 1;
    const last = this.#stored(
      previous.resource,
      previous.namespace,
      previous.name,
      revision,
      previous.object,
    );
    this.#db.remove(previous, revision);
    this.#cache.delete(keyOf(previous.resource, previous.namespace, previous.name));
    this.#publish({ type: 'DELETED', revision, stored: last, previous });
    return last;
  }

  /** `listener` runs inside the write, after it is on disk: it must be quick. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#db.close();
  }

  #stored(resource: string, namespace: string, name: string, revision: number, object: Obj): Stored {
    const { apiVersion, kind, metadata, ...rest } = object;
    const whole: Obj = {
      apiVersion,
      kind,
      metadata: { ...metadata, resourceVersion: String(revision) },
      ...rest,
    };
    return new Stored(resource, namespace, name, revision, JSON.stringify(whole), whole);
  }

  #publish(change: Change): void {
    this.#revision = change.revision;
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // The write has happened: who wrote must hear so, whatever a listener makes of it.
        this.#onListenerError(error);
      }
    }
    this.history.add(change);
    // Only the current state is worth keeping parsed; the history keeps text.
    change.previous?.forget();
    if (change.type === 'DELETED') change.stored.forget();
  }
}
