import type { IncomingMessage } from 'node:http';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFromAnswer, parseJson, readBody } from './body.ts';
import type { KubeError } from './errors.ts';
import type { KubeList, KubeObject } from './objects.ts';
import { collectionPath, objectPath, withQuery } from './paths.ts';
import type { Query } from './paths.ts';
import { aborted } from './transport.ts';
import type { Transport } from './transport.ts';
import type { KubeClient, PatchType, WriteOptions } from './types.ts';
import { readEvents } from './watch-stream.ts';

export interface ClientOptions {
  readonly clock?: Clock;
  /** In [0, 1); spreads repeated requests. */
  readonly random?: () => number;
  readonly userAgent?: string;
  /** For headers, and again for the body (default 30 s). */
  readonly requestTimeoutMs?: number;
  /** Default 130 s: two bookmarks missed. */
  readonly watchSilenceMs?: number;
  /** Default 64 MiB. */
  readonly maxResponseBytes?: number;
  /** Default 16 MiB; the largest object that etcd stores has 1.5. */
  readonly maxLineBytes?: number;
  /** How often a request is repeated when the server asks for it (default 5). */
  readonly maxRepeats?: number;
  /** A longer Retry-After is not waited for: the error goes to the caller with its `retryAfterMs` (default 30 s). */
  readonly maxRetryAfterMs?: number;
}

const patchContentTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly streaming?: boolean;
}

/** `KubeClient` over a transport; `connect` (connect.ts) makes both from configuration. */
export function createClient(transport: Transport, options: ClientOptions = {}): KubeClient {
  const {
    clock = systemClock,
    random = Math.random,
    userAgent = 'scan-link',
    requestTimeoutMs = 30_000,
    watchSilenceMs = 130_000,
    maxResponseBytes = 64 << 20,
    maxLineBytes = 16 << 20,
    maxRepeats = 5,
    maxRetryAfterMs = 30_000,
  } = options;

  const bodyOptions = ({ method, path, signal }: Call) => ({
    method,
    path,
    signal,
    clock,
    maxBytes: maxResponseBytes,
    timeoutMs: requestTimeoutMs,
  });

  /** An answer below 400, repeated where the server asked for it. */
  const open = async (call: Call): Promise<IncomingMessage> => {
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
    if (body) headers['content-type'] = call.contentType ?? 'application/json';
    for (let repeats = 0; ; repeats++) {
      const { method, path, signal, streaming } = call;
      const response = await transport.send({
        method,
        path,
        headers,
        body,
        signal,
        streaming,
        timeoutMs: requestTimeoutMs,
      });
      if ((response.statusCode ?? 500) < 400) return response;
      const error = errorFromAnswer(response, await readBody(response, bodyOptions(call)), clock.now());
      const wait = repeatAfter(error);
      if (wait === undefined || wait > maxRetryAfterMs || repeats >= maxRepeats) throw error;
      await sleep(clock, wait + random() * 250, call);
    }
  };

  const json = async (call: Call): Promise<unknown> => {
    const response = await open(call);
    return parseJson(await readBody(response, bodyOptions(call)), call.method, call.path);
  };

  const write = async <T extends KubeObject>(
    method: string,
    path: string,
    body: unknown,
    options: WriteOptions | undefined,
    contentType?: string,
  ): Promise<T> => {
    const full = withQuery(path, writeQuery(options));
    return (await json({ method, path: full, body, contentType, signal: options?.signal })) as T;
  };

  return {
    async get<T extends KubeObject>(...[resource, key, signal]: Parameters<KubeClient['get']>) {
      return (await json({ method: 'GET', path: objectPath(resource, key), signal })) as T;
    },

    async list<T extends KubeObject>(...[resource, options = {}]: Parameters<KubeClient['list']>) {
      const { namespace, signal, ...query } = options;
      const path = withQuery(collectionPath(resource, namespace), query);
      const list = (await json({ method: 'GET', path, signal })) as KubeList<T>;
      // Go writes an empty slice as null.
      list.items ??= [];
      return list;
    },

    async *watch<T extends KubeObject>(...[resource, options]: Parameters<KubeClient['watch']>) {
      const { namespace, signal, ...query } = options;
      const path = withQuery(collectionPath(resource, namespace), {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
      });
      const response = await open({ method: 'GET', path, signal, streaming: true });
      yield* readEvents<T>(response, { path, maxLineBytes, silenceMs: watchSilenceMs, clock, signal });
    },

    create<T extends KubeObject>(...[resource, object, options]: Parameters<KubeClient['create']>) {
      const { namespace, name } = object.metadata;
      if (resource.namespaced && !namespace) {
        return Promise.reject(new TypeError(`${resource.kind} ${name ?? ''}: no namespace`));
      }
      // A subresource (a pod's binding) is created under its object, everything else in its collection.
      const path = options?.subresource
        ? objectPath(resource, { namespace, name: name ?? '' }, options.subresource)
        : collectionPath(resource, namespace);
      return write<T>('POST', path, object, options);
    },

    replace<T extends KubeObject>(...[resource, object, options]: Parameters<KubeClient['replace']>) {
      const { namespace, name = '' } = object.metadata;
      const path = objectPath(resource, { namespace, name }, options?.subresource);
      return write<T>('PUT', path, object, options);
    },

    patch<T extends KubeObject>(...[resource, key, type, body, options]: Parameters<KubeClient['patch']>) {
      const path = objectPath(resource, key, options?.subresource);
      return write<T>('PATCH', path, body, options, patchContentTypes[type]);
    },

    async delete(resource, key, options = {}) {
      const { propagationPolicy, gracePeriodSeconds, uid, resourceVersion, signal } = options;
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy,
        gracePeriodSeconds,
        preconditions,
      };
      await json({ method: 'DELETE', path: objectPath(resource, key), body, signal });
    },

    async logs(key, options = {}) {
      const { signal, ...query } = options;
      const path = withQuery(
        `/api/v1/namespaces/${encodeURIComponent(key.namespace ?? '')}/pods/${encodeURIComponent(key.name)}/log`,
        { ...query },
      );
      const response = await open({ method: 'GET', path, signal, streaming: true });
      const onAbort = (): void => void response.destroy(aborted('GET', path, signal));
      signal?.addEventListener('abort', onAbort, { once: true });
      response.once('close', () => signal?.removeEventListener('abort', onAbort));
      return response;
    },

    async raw(method, path, body, signal) {
      const call = { method, path, body, signal };
      const response = await open(call);
      const bytes = await readBody(response, bodyOptions(call));
      const isJson = response.headers['content-type']?.includes('json');
      return isJson ? parseJson(bytes, method, path) : bytes.toString();
    },
  };
}

function writeQuery(options: WriteOptions | undefined): Query {
  return {
    fieldManager: options?.fieldManager,
    force: options?.force,
    fieldValidation: options?.fieldValidation,
    dryRun: options?.dryRun ? 'All' : undefined,
  };
}

/** Milliseconds, where the server asks for a repetition: 429, or 503 and 500 that name a time. */
function repeatAfter(error: KubeError): number | undefined {
  if (error.statusCode === 429) return error.retryAfterMs ?? 1000;
  return error.statusCode === 503 || error.statusCode === 500 ? error.retryAfterMs : undefined;
}

function sleep(clock: Clock, ms: number, { method, path, signal }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(aborted(method, path, signal));
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
