/**
 * An API server in memory, for simulations: honest about what matters to a controller (resourceVersions and conflicts,
 * generations, uids, AlreadyExists, foreground deletion, garbage collection by owner), and no more than that.
 */
import { Readable } from 'node:stream';
import { errorFromStatus } from '../../src/kube/errors.ts';
import type { KubeError } from '../../src/kube/errors.ts';
import type { KubeList, KubeObject, ListMeta, Resource, WatchEvent } from '../../src/kube/objects.ts';
import type {
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectKey,
  WatchOptions,
} from '../../src/kube/types.ts';
import type { Clock } from '../../src/lib/clock.ts';

type Plain = KubeObject & { spec?: unknown; status?: unknown };

export interface Change {
  readonly plural: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Plain;
}

/** Every call of the client passes here, before and after its effect; what it throws is what the caller gets. */
export type Interceptor = (call: {
  readonly when: 'before' | 'after';
  readonly verb: string;
  readonly plural: string;
  readonly object: Plain | undefined;
}) => void;

const foreground = 'foregroundDeletion';

export class FakeKube {
  readonly changes: Change[] = [];
  readonly logs = new Map<string, string>();
  readonly events: Plain[] = [];
  intercept: Interceptor = () => {};
  readonly #objects = new Map<string, Plain>();
  readonly #clock: Clock;
  readonly #watchers: (() => void)[] = [];
  #version = 0;
  #uids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As the storage has it; do not change it. */
  // oxlint-disable-next-line no-unnecessary-type-parameters -- callers know what they put there
  peek<T extends KubeObject>(plural: string, namespace: string, name: string): T | undefined {
    return this.#objects.get(`${plural}/${namespace}/${name}`) as T | undefined;
  }

  all<T extends KubeObject>(plural: string): T[] {
    return [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${plural}/`))
      .map(([, object]) => object as T);
  }

  create<T extends KubeObject>(plural: string, object: T): T {
    const { namespace = '', name = '' } = object.metadata;
    const key = `${plural}/${namespace}/${name}`;
    if (this.#objects.has(key)) throw refuse('AlreadyExists', 409, `${plural} "${name}" already exists`);
    const made: Plain = {
      ...clone(object),
      metadata: {
        ...clone(object.metadata),
        uid: `uid-${++this.#uids}`,
        generation: 1,
        creationTimestamp: this.#now(),
      },
    };
    this.#store(key, made, 'ADDED', plural);
    return clone(made) as T;
  }

  /** A change by anybody. A change of `spec` raises the generation. */
  update(plural: string, key: ObjectKey, change: (object: Plain) => Plain, expectedVersion?: string): Plain {
    const path = `${plural}/${key.namespace}/${key.name}`;
    const old = this.#objects.get(path);
    if (!old) throw refuse('NotFound', 404, `${plural} "${key.name}" not found`);
    if (expectedVersion !== undefined && expectedVersion !== old.metadata.resourceVersion)
      throw refuse('Conflict', 409, `${plural} "${key.name}" has been modified`);
    const now = change(clone(old));
    if (JSON.stringify(now) === JSON.stringify(old)) return clone(old);
    const changed = JSON.stringify(now.spec) !== JSON.stringify(old.spec);
    now.metadata.generation = (old.metadata.generation ?? 0) + (changed ? 1 : 0);
    this.#store(path, now, 'MODIFIED', plural);
    return clone(now);
  }

  delete(plural: string, key: ObjectKey, options: DeleteOptions = {}): void {
    const path = `${plural}/${key.namespace}/${key.name}`;
    const old = this.#objects.get(path);
    if (!old) throw refuse('NotFound', 404, `${plural} "${key.name}" not found`);
    if (options.uid !== undefined && options.uid !== old.metadata.uid)
      throw refuse('Conflict', 409, 'the uid is another');
    const dependents = this.#ownedBy(old.metadata.uid);
    if (options.propagationPolicy === 'Foreground' && dependents.length > 0) {
      this.#mark(path, plural, [foreground]);
      for (const { plural: kind, object } of dependents) this.#terminate(kind, object);
      return;
    }
    this.#drop(path, plural);
  }

  /** What the garbage collector and the kubelets would do next: ends what is to end. */
  collectGarbage(): void {
    for (const pod of this.all<Plain>('pods'))
      if (pod.metadata.deletionTimestamp !== undefined || !this.#hasOwner(pod))
        this.#drop(pathOf('pods', pod), 'pods');
    for (const job of this.all<Plain>('jobs')) {
      if (!this.#hasOwner(job)) this.delete('jobs', keyOf(job), { propagationPolicy: 'Foreground' });
      const there = this.peek<Plain>('jobs', job.metadata.namespace ?? '', job.metadata.name ?? '');
      const isHeld = this.#ownedBy(job.metadata.uid).length > 0;
      if (there?.metadata.deletionTimestamp !== undefined && !isHeld) this.#drop(pathOf('jobs', job), 'jobs');
    }
  }

  /** Sets deletionTimestamp, as for a pod whose containers have time to end. */
  #terminate(plural: string, object: Plain): void {
    if (object.metadata.deletionTimestamp === undefined) this.#mark(pathOf(plural, object), plural, []);
  }

  #mark(path: string, plural: string, finalizers: string[]): void {
    const old = this.#objects.get(path);
    if (!old || old.metadata.deletionTimestamp !== undefined) return;
    const metadata = { ...old.metadata, deletionTimestamp: this.#now(), finalizers };
    this.#store(path, { ...clone(old), metadata }, 'MODIFIED', plural);
  }

  #drop(path: string, plural: string): void {
    const old = this.#objects.get(path);
    if (!old) return;
    this.#objects.delete(path);
    const object = clone(old);
    object.metadata.resourceVersion = String(++this.#version);
    this.#change({ plural, type: 'DELETED', object });
  }

  #ownedBy(uid: string | undefined): { plural: string; object: Plain }[] {
    return ['jobs', 'pods'].flatMap((plural) =>
      this.all<Plain>(plural)
        .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid))
        .map((object) => ({ plural, object })),
    );
  }

  #hasOwner(object: Plain): boolean {
    const uids = new Set([...this.#objects.values()].map((other) => other.metadata.uid));
    const owners = object.metadata.ownerReferences ?? [];
    return owners.length === 0 || owners.some((owner) => uids.has(owner.uid));
  }

  #store(path: string, object: Plain, type: Change['type'], plural: string): void {
    object.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(path, object);
    this.#change({ plural, type, object: clone(object) });
  }

  #change(change: Change): void {
    this.changes.push(change);
    for (const wake of this.#watchers.splice(0)) wake();
  }

  /** Every change since a version, as it comes, until the caller has enough. */
  async *#watch({ plural }: Resource, options: WatchOptions): AsyncGenerator<WatchEvent<Plain>> {
    const isSelected = selector(options);
    for (let at = 0; options.signal?.aborted !== true;) {
      const change = this.changes[at];
      if (!change) {
        await new Promise<void>((resolve) => {
          this.#watchers.push(resolve);
          options.signal?.addEventListener('abort', () => resolve(), { once: true });
        });
        continue;
      }
      at++;
      const isNew = Number(change.object.metadata.resourceVersion) > Number(options.resourceVersion);
      if (change.plural === plural && isNew && isSelected(change.object))
        yield { type: change.type, object: clone(change.object) };
    }
  }

  #now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }

  client(): KubeClient {
    const call = async <T>(
      verb: string,
      { plural }: Resource,
      object: Plain | undefined,
      effect: () => T,
    ): Promise<T> => {
      this.intercept({ when: 'before', verb, plural, object });
      const result = effect();
      this.intercept({ when: 'after', verb, plural, object });
      return result;
    };
    const find = (plural: string, key: ObjectKey): never => {
      const found = this.peek<Plain>(plural, key.namespace ?? '', key.name);
      if (!found) throw refuse('NotFound', 404, `${plural} "${key.name}" not found`);
      return clone(found) as never;
    };
    const client: KubeClient = {
      get: (resource, key) => call('get', resource, undefined, () => find(resource.plural, key)),
      list: (resource, options = {}) =>
        call('list', resource, undefined, () => this.#list(resource.plural, options) as KubeList<never>),
      watch: (resource, options) => this.#watch(resource, options) as AsyncGenerator<never>,
      create: (resource, object) =>
        call('create', resource, object, () => this.create(resource.plural, object)),
      replace: () => Promise.reject(new Error('not needed')),
      patch: (resource, key, _type, body, options) => {
        const patch = body as Plain;
        return call('patch', resource, patch, () => {
          const merged = (object: Plain): Plain =>
            options?.subresource === 'status'
              ? { ...object, status: merge(object.status, patch.status) }
              : (merge(object, patch) as Plain);
          const version = patch.metadata?.resourceVersion;
          return this.update(resource.plural, key, merged, version) as never;
        });
      },
      delete: (resource, key, options) =>
        call('delete', resource, this.peek(resource.plural, key.namespace ?? '', key.name), () =>
          this.delete(resource.plural, key, options),
        ),
      logs: (key, options) =>
        call('logs', { plural: 'pods/log' } as Resource, undefined, () => {
          find('pods', key);
          return Readable.from([Buffer.from(this.logs.get(`${key.name}/${options?.container}`) ?? '')]);
        }),
      raw: () => Promise.reject(new Error('not needed')),
    };
    return client;
  }

  #list(plural: string, { namespace, labelSelector, fieldSelector }: ListOptions): KubeList<Plain> {
    const [, about] = fieldSelector?.split('=') ?? [];
    const isSelected = selector({ namespace, labelSelector });
    const pool = plural === 'events' ? this.events : this.all<Plain>(plural);
    const items = pool.filter((one) => isSelected(one) && (about === undefined || uidOf(one) === about));
    const metadata: ListMeta = { resourceVersion: String(this.#version) };
    return { metadata, items: clone(items) };
  }
}

function uidOf(event: Plain & { involvedObject?: { uid?: string } }): string | undefined {
  return event.involvedObject?.uid;
}

function selector({ namespace, labelSelector }: Pick<ListOptions, 'namespace' | 'labelSelector'>) {
  const [label = '', value] = labelSelector?.split('=') ?? [];
  return ({ metadata }: KubeObject): boolean => {
    if (namespace !== undefined && metadata.namespace !== namespace) return false;
    const has = metadata.labels?.[label];
    if (!label) return true;
    return value === undefined ? has !== undefined : has === value;
  };
}

function refuse(reason: string, code: number, message: string): KubeError {
  return errorFromStatus({ status: 'Failure', reason, code, message });
}

function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function keyOf(object: Plain): ObjectKey {
  return { namespace: object.metadata.namespace, name: object.metadata.name ?? '' };
}

function pathOf(plural: string, object: Plain): string {
  return `${plural}/${object.metadata.namespace}/${object.metadata.name}`;
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
