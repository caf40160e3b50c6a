/** The contract of the Kubernetes client: what every room that speaks to an API server codes against. */
import type { Readable } from 'node:stream';
import type { KubeList, KubeObject, Resource, WatchEvent } from './objects.ts';

/** Which object: `namespace` is left out for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  /** All namespaces without it. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  signal?: AbortSignal;
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion: string;
  /** The server ends the watch after this many seconds. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

export type PatchType = 'merge' | 'json' | 'strategic' | 'apply';

export interface WriteOptions {
  subresource?: 'status' | 'binding' | 'token';
  fieldManager?: string;
  /** For `apply`: take fields over from other managers. */
  force?: boolean;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  /** Only this very object. */
  uid?: string;
  resourceVersion?: string;
  signal?: AbortSignal;
}

export interface LogOptions {
  container?: string;
  follow?: boolean;
  tailLines?: number;
  limitBytes?: number;
  previous?: boolean;
  signal?: AbortSignal;
}

/**
 * Typed REST against one API server. Every method rejects with `KubeError` (errors.ts): `reason` and `statusCode` of
 * the server's `Status`, `retryAfterMs` where the server said so, or `reason: 'Unreachable'` with the cause. Requests
 * that the server asks to repeat (429, 503 with Retry-After) are repeated a bounded number of times.
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: Resource, key: ObjectKey, signal?: AbortSignal): Promise<T>;
  /** One page. */
  list<T extends KubeObject>(resource: Resource, options?: ListOptions): Promise<KubeList<T>>;
  /** Ends when the server ends it; throws when the connection is cut. Silent connections are cut after a time. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** PUT; fails with `Conflict` when `metadata.resourceVersion` is not the current one. */
  replace<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options?: WriteOptions,
  ): Promise<T>;
  /** Resolves when the server has accepted it; a missing object rejects with `NotFound`. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** The pod's log as bytes, streamed; destroy it to stop. */
  logs(key: ObjectKey, options?: LogOptions): Promise<Readable>;
  /** Any other path, for what has no verb here: discovery, `/version`, `/readyz`. */
  raw(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown>;
}
