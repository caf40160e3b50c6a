/** An API server of a few lines, in memory, for unit tests of what speaks to one. No validation, no defaults. */
import { Readable } from 'node:stream';
import { KubeError } from './errors.ts';
import type { KubeList, KubeObject, Resource, WatchEvent } from './objects.ts';
import type { KubeClient, ListOptions, ObjectKey } from './types.ts';

/** One call, as `verb plural key`: what `before` is asked about and `calls` remembers. */
export type Call = `${string} ${string} ${string}`;

interface Stored {
  readonly resource: Resource;
  readonly object: KubeObject;
}

interface Watcher {
  readonly matches: (entry: Stored) => boolean;
  readonly send: (event: WatchEvent<KubeObject>) => void;
}

export class FakeClient implements KubeClient {
  /** Every call so far. */
  readonly calls: Call[] = [];
  /** Called before every call; what it throws is the answer. */
  before: (call: Call) => void | Promise<void> = () => {};
  #objects = new Map<string, Stored>();
  #watchers = new Set<Watcher>();
  #history: { version: number; event: WatchEvent<KubeObject>; entry: Stored }[] = [];
  #version = 0;

  #id(resource: Resource, key: ObjectKey): string {
    return `${resource.group}/${resource.plural}/${key.namespace ?? ''}/${key.name}`;
  }

  async #enter(verb: string, resource: Resource, key: Partial<ObjectKey>): Promise<void> {
    const call: Call = `${verb} ${resource.plural} ${[key.namespace, key.name].filter(Boolean).join('/')}`;
    this.calls.push(call);
    await this.before(call);
  }

  #find(resource: Resource, key: ObjectKey): Stored {
    const entry = this.#objects.get(this.#id(resource, key));
    if (entry) return entry;
    throw new KubeError(`${resource.plural} "${key.name}" not found`, {
      reason: 'NotFound',
      statusCode: 404,
    });
  }

  #store(type: 'ADDED' | 'MODIFIED' | 'DELETED', resource: Resource, object: KubeObject): KubeObject {
    const version = ++this.#version;
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = `${version}`;
    const entry = { resource, object: stored };
    const id = this.#id(resource, { namespace: stored.metadata.namespace, name: stored.metadata.name ?? '' });
    if (type === 'DELETED') this.#objects.delete(id);
    else this.#objects.set(id, entry);
    const event = { type, object: stored };
    this.#history.push({ version, event, entry });
    for (const watcher of this.#watchers) if (watcher.matches(entry)) watcher.send(event);
    return structuredClone(stored);
  }

  async get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T> {
    await this.#enter('get', resource, key);
    return structuredClone(this.#find(resource, key).object) as T;
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions = {}): Promise<KubeList<T>> {
    await this.#enter('list', resource, { namespace: options.namespace });
    const all = [...this.#objects.values()]
      .filter(selects(resource, options))
      .map(({ object }) => object as T);
    const start = Number(options.continue ?? 0);
    const end = options.limit ? start + options.limit : all.length;
    const metadata = {
      resourceVersion: `${this.#version}`,
      continue: end < all.length ? `${end}` : undefined,
    };
    return { metadata, items: structuredClone(all.slice(start, end)) };
  }

  async *watch<T extends KubeObject>(...[resource, options]: Parameters<KubeClient['watch']>) {
    await this.#enter('watch', resource, { namespace: options.namespace, name: options.resourceVersion });
    const queue: WatchEvent<KubeObject>[] = [];
    let wake = (): void => {};
    const matches = selects(resource, options);
    for (const { version, event, entry } of this.#history) {
      if (version > Number(options.resourceVersion) && matches(entry)) queue.push(event);
    }
    const watcher: Watcher = {
      matches,
      send(event) {
        queue.push(event);
        wake();
      },
    };
    this.#watchers.add(watcher);
    options.signal?.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!options.signal?.aborted) {
        const event = queue.shift();
        if (event) yield structuredClone(event) as WatchEvent<T>;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  async create<T extends KubeObject>(...[resource, object, options]: Parameters<KubeClient['create']>) {
    const { generateName, namespace } = object.metadata;
    const name =
      object.metadata.name ?? `${generateName}${(this.#version + 1).toString(36).padStart(5, '0')}`;
    const verb = options?.subresource ? `create/${options.subresource}` : 'create';
    await this.#enter(verb, resource, { namespace, name });
    if (options?.subresource === 'binding') return object as T;
    if (this.#objects.has(this.#id(resource, { namespace, name }))) {
      const message = `${resource.plural} "${name}" already exists`;
      throw new KubeError(message, { reason: 'AlreadyExists', statusCode: 409 });
    }
    const uid = object.metadata.uid ?? `uid-${this.#version + 1}`;
    const creationTimestamp = object.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z';
    const metadata = { ...object.metadata, name, uid, creationTimestamp };
    return this.#store('ADDED', resource, { ...object, metadata }) as T;
  }

  async replace<T extends KubeObject>(...[resource, object]: Parameters<KubeClient['replace']>) {
    const { namespace, name = '' } = object.metadata;
    await this.#enter('replace', resource, { namespace, name });
    this.#check(this.#find(resource, { namespace, name }).object, object);
    return this.#store('MODIFIED', resource, object) as T;
  }

  async patch<T extends KubeObject>(...[resource, key, type, body]: Parameters<KubeClient['patch']>) {
    await this.#enter('patch', resource, key);
    const { object } = this.#find(resource, key);
    const patched = (
      type === 'json' ? jsonPatch(object, body as Operation[]) : merge(structuredClone(object), body)
    ) as KubeObject;
    this.#check(object, patched);
    const { deletionTimestamp, finalizers = [] } = patched.metadata;
    const isGone = deletionTimestamp !== undefined && finalizers.length === 0;
    return this.#store(isGone ? 'DELETED' : 'MODIFIED', resource, patched) as T;
  }

  async delete(...[resource, key, options]: Parameters<KubeClient['delete']>) {
    await this.#enter('delete', resource, key);
    const { object } = this.#find(resource, key);
    if (options?.uid && options.uid !== object.metadata.uid) throw conflict(key.name);
    const isHeld = (object.metadata.finalizers ?? []).length > 0;
    const deletionTimestamp = object.metadata.deletionTimestamp ?? '2026-01-01T00:00:00Z';
    const metadata = { ...object.metadata, deletionTimestamp };
    this.#store(isHeld ? 'MODIFIED' : 'DELETED', resource, isHeld ? { ...object, metadata } : object);
  }

  logs(): Promise<Readable> {
    return Promise.resolve(Readable.from([]));
  }

  raw(): Promise<unknown> {
    return Promise.resolve({});
  }

  /** Ends every running watch with an error event, as a server does whose history is too short. */
  expireWatches(): void {
    const status = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure' } as const;
    for (const { send } of this.#watchers)
      send({ type: 'ERROR', object: { ...status, code: 410, reason: 'Expired' } });
  }

  #check(current: KubeObject, written: KubeObject): void {
    const version = written.metadata.resourceVersion;
    if (version && version !== current.metadata.resourceVersion) throw conflict(current.metadata.name ?? '');
  }
}

function conflict(name: string): KubeError {
  return new KubeError(`"${name}" has been modified`, { reason: 'Conflict', statusCode: 409 });
}

function selects(resource: Resource, options: ListOptions): (entry: Stored) => boolean {
  return (entry) =>
    entry.resource.plural === resource.plural &&
    entry.resource.group === resource.group &&
    (!options.namespace || entry.object.metadata.namespace === options.namespace);
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merge(result[key], value);
  }
  return result;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902, as far as our controllers use it: test, and remove from lists and objects. */
function jsonPatch(object: KubeObject, operations: readonly Operation[]): KubeObject {
  const copy = structuredClone(object);
  for (const { op, path, value } of operations) {
    const names = path.slice(1).split('/');
    const last = names.pop() ?? '';
    const parent = names.reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | undefined)?.[name],
      copy,
    );
    const found = (parent as Record<string, unknown> | undefined)?.[last];
    if (found === undefined || (op === 'test' && found !== value)) {
      throw new KubeError(`cannot ${op} ${path}`, { reason: 'Invalid', statusCode: 422 });
    }
    if (op !== 'remove') continue;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete (parent as Record<string, unknown>)[last];
  }
  return copy;
}
