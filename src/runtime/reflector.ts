import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import { errorFromStatus, isAborted, isGone, KubeError } from '../kube/errors.ts';
import type { KubeObject, Resource } from '../kube/objects.ts';
import type { KubeClient } from '../kube/types.ts';
import { backoffMs } from './backoff.ts';
import type { BackoffOptions } from './backoff.ts';
import { Cache, dropManagedFields } from './cache.ts';
import type { CacheOptions, ReadCache } from './cache.ts';
import { keyOf } from './keys.ts';

export interface ReflectorOptions<T extends KubeObject> extends CacheOptions<T> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page of the list (default 500). */
  readonly pageSize?: number;
  /** Applied to every object before it is kept; by default drops managedFields. May change its argument. */
  readonly transform?: (object: T) => T;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly backoff?: BackoffOptions;
  readonly log?: Log;
}

export interface Reflector<T extends KubeObject> {
  readonly cache: ReadCache<T>;
  /** Resolves when the first whole list is in the cache. Never rejects: without a server it waits. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** Ends the watch; resolves when nothing more will change. */
  stop(): Promise<void>;
}

/** A watch is ended by the server after 5 to 10 minutes, so that load spreads over servers that came later. */
const watchSeconds = 300;
/** A watch that failed so often in a row without a single event may have a version nobody answers for: list anew. */
const failuresUntilRelist = 5;

/**
 * Keeps a cache the same as what the server has: lists in pages, then watches, and goes on whatever happens. Cut and
 * silent connections are watched again from where they were; a version that is gone (410) is listed anew; errors are
 * waited out with backoff, longer where the server says so. It never gives up, only `stop` ends it.
 */
export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { clock = systemClock, random = Math.random, log = silentLog } = options;
  const backoff = options.backoff ?? { baseMs: 500, maxMs: 30_000, jitter: 0.5 };
  const transform = options.transform ?? dropManagedFields;
  const onHandlerError =
    options.onHandlerError ??
    ((error) => log.error({ err: error, kind: options.resource.kind }, 'handler failed'));
  const cache = new Cache<T>({ indexes: options.indexes, onHandlerError });
  const ending = new AbortController();
  const synced = Promise.withResolvers<void>();
  let isSynced = false;

  const selection = {
    namespace: options.namespace,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    signal: ending.signal,
  };

  /** Reads every page, and only then changes the cache. Returns the version to watch from. */
  const list = async (): Promise<string> => {
    const limit = options.pageSize ?? 500;
    try {
      return await readPages(limit);
    } catch (error) {
      // The list was too long for its pages to stay readable: take it in one piece.
      if (!isGone(error)) throw error;
      return readPages(undefined);
    }
  };

  const readPages = async (limit: number | undefined): Promise<string> => {
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await options.client.list<T>(options.resource, { ...selection, limit, continue: next });
      for (const item of page.items) items.push(transform(item));
      next = page.metadata.continue || undefined;
      if (next === undefined) {
        cache.replaceAll(items);
        isSynced = true;
        synced.resolve();
        return page.metadata.resourceVersion ?? '';
      }
    }
  };

  const take = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void => {
    if (type === 'DELETED') cache.remove(keyOf(object), transform(object));
    else cache.put(transform(object));
  };

  let failures = 0;
  const pause = async (error: unknown): Promise<void> => {
    failures++;
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    const ms = Math.max(asked, backoffMs(failures, backoff, random));
    const details = {
      kind: options.resource.kind,
      error: messageOf(error),
      failures,
      waitMs: Math.round(ms),
    };
    log[failures > 2 ? 'warn' : 'debug'](details, 'list or watch failed, trying again');
    await sleep(clock, ms, ending.signal);
  };

  /** Watches from a version until it is to be listed anew. */
  const watchFrom = async (listed: string): Promise<void> => {
    let version = listed;
    let failed = 0;
    while (!ending.signal.aborted) {
      const timeoutSeconds = Math.round(watchSeconds * (1 + random()));
      const since = clock.now();
      let events = 0;
      try {
        const stream = options.client.watch<T>(options.resource, {
          ...selection,
          resourceVersion: version,
          timeoutSeconds,
        });
        for await (const event of stream) {
          if (ending.signal.aborted) return;
          if (event.type === 'ERROR') throw errorFromStatus(event.object);
          events++;
          failures = 0;
          failed = 0;
          version = event.object.metadata.resourceVersion ?? version;
          if (event.type !== 'BOOKMARK') take(event.type, event.object);
        }
        // A server that ends watches at once would otherwise be asked again without a breath.
        if (events > 0 || clock.now() - since > 60_000) failures = 0;
        else await pause('the watch ended at once');
      } catch (error) {
        if (ending.signal.aborted) return;
        const gone = isGone(error);
        // Right after a list, "gone" would otherwise be a loop of lists as fast as the server can answer.
        if (!gone || events === 0) await pause(error);
        if (gone || ++failed >= failuresUntilRelist) return;
      }
    }
  };

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await watchFrom(await list());
      } catch (error) {
        if (ending.signal.aborted || isAborted(error)) return;
        await pause(error);
      }
    }
  };

  const finished = run();
  return {
    cache,
    synced: synced.promise,
    get isSynced() {
      return isSynced;
    },
    async stop() {
      ending.abort();
      await finished;
    },
  };
}

/** Resolves after `ms`, or as soon as the signal fires. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
