/** Namespaces: the ones that are always there, their default service account, and the end of one with all it holds. */
import { messageOf } from '../../../lib/errors.ts';
import type { Change, Stored } from '../storage/stored.ts';
import type { Obj } from '../types.ts';
import type { World } from '../world.ts';
import { remove } from '../write/deletion.ts';
import { create } from '../write/writer.ts';

const always = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const retryMs = 1_000;

export class NamespaceController {
  readonly #world: World;
  readonly #stops = new Set<() => void>();
  readonly #emptying = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#stops.add(world.store.listen((change) => this.#observe(change)));
    for (const name of always)
      if (!world.store.get('namespaces', '', name)) this.#create('namespaces', '', name);
    for (const namespace of world.store.all('namespaces')) this.#settle(namespace.name);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #observe({ type, stored }: Change): void {
    const deleted = type === 'DELETED';
    if (stored.resource === 'namespaces' && !deleted) setImmediate(() => this.#settle(stored.name));
    else if (deleted && this.#emptying.has(stored.namespace))
      setImmediate(() => this.#settle(stored.namespace));
    else if (deleted && stored.resource === 'serviceaccounts' && stored.name === 'default')
      setImmediate(() => this.#settle(stored.namespace));
  }

  #create(plural: string, namespace: string, name: string): void {
    const { registry } = this.#world;
    const found = registry.find('', 'v1', plural);
    if (!found) return;
    const object: Obj = {
      apiVersion: 'v1',
      kind: found.resource.kind,
      metadata: { name, ...(namespace && { namespace }) },
    };
    create(this.#world, { ...found, namespace }, object, { manager: 'scan-link-apiserver', dryRun: false });
  }

  /** Brings one namespace to where it should be; may be called any number of times. */
  #settle(name: string): void {
    try {
      const stored = this.#world.store.get('namespaces', '', name);
      if (!stored) {
        this.#emptying.delete(name);
        return;
      }
      if (stored.object.metadata.deletionTimestamp !== undefined) this.#empty(stored);
      else if (!this.#world.store.get('serviceaccounts', name, 'default'))
        this.#create('serviceaccounts', name, 'default');
    } catch (error) {
      // The store is closed when the server is; there is nothing left to settle then.
      this.#world.log.warn({ namespace: name, error: messageOf(error) }, 'a namespace could not be settled');
    }
  }

  #empty(namespace: Stored): void {
    const { store, registry } = this.#world;
    this.#emptying.add(namespace.name);
    let left = 0;
    for (const key of store.resources(namespace.name)) {
      const resource = registry.byKey(key);
      for (const stored of [...store.all(key, namespace.name)]) {
        const waiting = stored.object.metadata.deletionTimestamp !== undefined;
        if (
          resource &&
          !waiting &&
          remove(this.#world, resource, stored, { propagationPolicy: 'Background' }).gone
        )
          continue;
        left += 1;
      }
    }
    if (left > 0) {
      const stop = this.#world.clock.after(retryMs, () => {
        this.#stops.delete(stop);
        this.#settle(namespace.name);
      });
      this.#stops.add(stop);
      return;
    }
    this.#emptying.delete(namespace.name);
    const current = store.get('namespaces', '', namespace.name);
    if (!current) return;
    if ((current.object.metadata.finalizers ?? []).length === 0) store.remove(current);
    else if (JSON.stringify(current.object['spec']) !== '{"finalizers":[]}')
      store.put('namespaces', '', namespace.name, { ...current.object, spec: { finalizers: [] } });
  }
}
