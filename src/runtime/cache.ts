import type { KubeObject } from '../kube/objects.ts';
import { keyOf } from './keys.ts';

/** What happened to one object. `old` is what the cache held before. */
export type Change<T> =
  | { readonly type: 'added'; readonly object: T; readonly old?: undefined }
  | { readonly type: 'updated'; readonly object: T; readonly old: T }
  /** `object` is the last state known, as the deletion may have been missed. */
  | { readonly type: 'deleted'; readonly object: T; readonly old: T };

export type ChangeHandler<T> = (change: Change<T>) => void;

/** The values under which an object is found by an index; none keeps it out. */
export type Indexer<T> = (object: T) => readonly (string | undefined)[];

/** What those who only look need. Objects are shared: treat them as read-only. */
export interface ReadCache<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  /** Of one namespace, or all. */
  list(namespace?: string): T[];
  /** @throws RangeError for an index that was not declared */
  byIndex(index: string, value: string): T[];
  /** Calls `handler` for every object there is, and then for every change. The returned function ends that. */
  onChange(handler: ChangeHandler<T>): () => void;
}

export interface CacheOptions<T> {
  readonly indexes?: Readonly<Record<string, Indexer<T>>>;
  /** A handler threw. Other handlers are still told. */
  readonly onHandlerError?: (error: unknown) => void;
}

/** Objects by key, with indexes, that tells its handlers every change. A reflector fills it. */
export class Cache<T extends KubeObject> implements ReadCache<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: [string, Indexer<T>][];
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #onHandlerError: (error: unknown) => void;

  constructor(options: CacheOptions<T> = {}) {
    this.#indexers = Object.entries(options.indexes ?? {});
    for (const [name] of this.#indexers) this.#indexes.set(name, new Map());
    this.#onHandlerError = options.onHandlerError ?? (() => {});
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  byIndex(index: string, value: string): T[] {
    const values = this.#indexes.get(index);
    if (!values) throw new RangeError(`cache: no index "${index}"`);
    const keys = values.get(value) ?? [];
    return [...keys].flatMap((key) => this.#objects.get(key) ?? []);
  }

  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) this.#call(handler, { type: 'added', object });
    return () => void this.#handlers.delete(handler);
  }

  /** Takes an object as it is now. One of the very version held already changes nothing. */
  put(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old && sameVersion(old, object)) return;
    // Deleted and made anew between two looks: two changes, as owners and handlers see two objects.
    if (old && old.metadata.uid !== object.metadata.uid) {
      this.#drop(key, old);
      this.put(object);
      return;
    }
    if (old) this.#unindex(key, old);
    this.#objects.set(key, object);
    this.#index(key, object);
    this.#tell(old ? { type: 'updated', object, old } : { type: 'added', object });
  }

  /** The object is gone; `last` is its final state where that is known. */
  remove(key: string, last?: T): void {
    const old = this.#objects.get(key);
    if (old) this.#drop(key, old, last);
  }

  /** Takes a whole list: what is not in it is gone. */
  replaceAll(objects: readonly T[]): void {
    const kept = new Set(objects.map(keyOf));
    for (const key of [...this.#objects.keys()]) if (!kept.has(key)) this.remove(key);
    for (const object of objects) this.put(object);
  }

  #drop(key: string, old: T, last?: T): void {
    this.#unindex(key, old);
    this.#objects.delete(key);
    this.#tell({ type: 'deleted', object: last ?? old, old });
  }

  #index(key: string, object: T): void {
    for (const [name, indexer] of this.#indexers) {
      const values = this.#indexes.get(name);
      for (const value of indexer(object)) {
        if (value === undefined) continue;
        const keys = values?.get(value);
        if (keys) keys.add(key);
        else values?.set(value, new Set([key]));
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, indexer] of this.#indexers) {
      const values = this.#indexes.get(name);
      for (const value of indexer(object)) {
        if (value === undefined) continue;
        const keys = values?.get(value);
        keys?.delete(key);
        if (keys?.size === 0) values?.delete(value);
      }
    }
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}

function sameVersion(a: KubeObject, b: KubeObject): boolean {
  const version = a.metadata.resourceVersion;
  return version !== undefined && version === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid;
}

/** Index by the uid of the controlling owner. */
export const byOwner: Indexer<KubeObject> = (object) =>
  (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller).map((owner) => owner.uid);

/** A transform for reflectors: managedFields are often half of an object, and no controller of ours reads them. */
export function dropManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
