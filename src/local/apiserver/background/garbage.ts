/**
 * Garbage collection by owner: what belongs to something that is gone goes too. Works inside the server on its store;
 * rules as in Kubernetes' documentation, "Owners and Dependents" and "Garbage Collection".
 */
import { messageOf } from '../../../lib/errors.ts';
import type { Change, Stored } from '../storage/stored.ts';
import type { Obj, OwnerRef } from '../types.ts';
import type { World } from '../world.ts';
import { finishDeletion, foreground, orphan, remove } from '../write/deletion.ts';

type Key = readonly [resource: string, namespace: string, name: string];

/** A new object's owner may be written a moment later by another client; only then is it missed for good. */
const graceMs = 5_000;

export class GarbageCollector {
  readonly #world: World;
  /** Uid of an owner → its dependents. */
  readonly #dependents = new Map<string, Map<string, Key>>();
  readonly #queue: (() => void)[] = [];
  #scheduled = false;
  readonly #stops = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
    for (const [uid, ...key] of world.store.owners()) {
      this.#link(uid, key);
      this.#enqueue(() => this.#checkOwners(key));
    }
    this.#stops.add(world.store.listen((change) => this.#observe(change)));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#queue.length = 0;
  }

  #link(uid: string, key: Key): void {
    const found = this.#dependents.get(uid) ?? new Map<string, Key>();
    found.set(key.join('/'), key);
    this.#dependents.set(uid, found);
  }

  #unlink(uid: string, key: Key): void {
    const found = this.#dependents.get(uid);
    found?.delete(key.join('/'));
    if (found?.size === 0) this.#dependents.delete(uid);
  }

  /** Runs inside the write; the work itself waits until the write's request is answered. */
  #observe(change: Change): void {
    const { stored, previous, type } = change;
    const key: Key = [stored.resource, stored.namespace, stored.name];
    const mentions = (item: Stored | undefined): boolean =>
      item?.text.includes('"ownerReferences":[{') === true;
    if (type === 'DELETED') {
      const object = stored.object;
      for (const owner of object.metadata.ownerReferences ?? []) this.#unlink(owner.uid, key);
      const { uid } = object.metadata;
      if (uid !== undefined && this.#dependents.has(uid)) this.#enqueue(() => this.#ownerGone(uid));
      for (const owner of object.metadata.ownerReferences ?? [])
        this.#enqueue(() => this.#continueForeground(owner.uid));
      return;
    }
    if (mentions(stored) || mentions(previous)) {
      const owners = stored.object.metadata.ownerReferences ?? [];
      for (const owner of previous?.object.metadata.ownerReferences ?? []) this.#unlink(owner.uid, key);
      for (const owner of owners) this.#link(owner.uid, key);
      if (type === 'ADDED' && owners.length > 0) this.#later(key);
    }
    if (stored.text.includes('"deletionTimestamp"')) this.#enqueue(() => this.#continueDeletion(key));
  }

  #later(key: Key): void {
    const stop = this.#world.clock.after(graceMs, () => {
      this.#stops.delete(stop);
      this.#enqueue(() => this.#checkOwners(key));
    });
    this.#stops.add(stop);
  }

  #enqueue(work: () => void): void {
    this.#queue.push(work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#drain());
  }

  #drain(): void {
    this.#scheduled = false;
    // A large family goes in steps, so that requests are answered in between.
    for (let done = 0; done < 50; done += 1) {
      const work = this.#queue.shift();
      if (!work) return;
      try {
        work();
      } catch (error) {
        this.#world.log.warn({ error: messageOf(error) }, 'garbage collection of one object failed');
      }
    }
    this.#scheduled = true;
    setImmediate(() => this.#drain());
  }

  #ownerExists(owner: OwnerRef, namespace: string): boolean {
    const { registry, store } = this.#world;
    const group = owner.apiVersion.includes('/') ? (owner.apiVersion.split('/')[0] ?? '') : '';
    const resource = registry.byKind(group, owner.kind);
    // A kind that is not served cannot be looked up: nothing is deleted on a guess.
    if (!resource) return true;
    const found = store.get(resource.key, resource.namespaced ? namespace : '', owner.name);
    return found?.object.metadata.uid === owner.uid;
  }

  #ownerGone(uid: string): void {
    for (const key of this.#dependents.get(uid)?.values() ?? []) this.#enqueue(() => this.#checkOwners(key));
  }

  /** Deletes an object none of whose owners is left, and takes absent owners from one that has others. */
  #checkOwners([resourceKey, namespace, name]: Key): void {
    const { store, registry } = this.#world;
    const stored = store.get(resourceKey, namespace, name);
    const resource = registry.byKey(resourceKey);
    const owners = stored?.object.metadata.ownerReferences ?? [];
    if (!stored || !resource || owners.length === 0) return;
    const present = owners.filter((owner) => this.#ownerExists(owner, namespace));
    if (present.length === owners.length) return;
    if (present.length > 0) this.#put(stored, { ownerReferences: present });
    else remove(this.#world, resource, stored, { propagationPolicy: 'Background' });
  }

  #put(stored: Stored, metadata: Partial<Obj['metadata']>): Stored {
    const object: Obj = { ...stored.object, metadata: { ...stored.object.metadata, ...metadata } };
    if (object.metadata.finalizers?.length === 0) delete object.metadata.finalizers;
    if (object.metadata.ownerReferences?.length === 0) delete object.metadata.ownerReferences;
    return this.#world.store.put(stored.resource, stored.namespace, stored.name, object);
  }

  #continueForeground(uid: string): void {
    for (const [key] of this.#owning(uid)) this.#enqueue(() => this.#continueDeletion(key));
  }

  /** Owners are known by uid only; those being deleted in the foreground are remembered when seen. */
  readonly #waiting = new Map<string, Key>();

  #owning(uid: string): [Key][] {
    const key = this.#waiting.get(uid);
    return key ? [[key]] : [];
  }

  /** Carries out the `orphan` and `foregroundDeletion` finalizers of an object that is being deleted. */
  #continueDeletion(key: Key): void {
    const stored = this.#world.store.get(...key);
    const metadata = stored?.object.metadata;
    const uid = metadata?.uid;
    if (!stored || uid === undefined || metadata?.deletionTimestamp === undefined) return;
    const finalizers = metadata.finalizers ?? [];
    if (finalizers.includes(orphan)) {
      for (const dependent of [...(this.#dependents.get(uid)?.values() ?? [])]) this.#disown(dependent, uid);
      this.#dropFinalizer(key, orphan);
      return;
    }
    if (!finalizers.includes(foreground)) return;
    const blocking = this.#deleteDependents(uid);
    if (blocking) this.#waiting.set(uid, key);
    else {
      this.#waiting.delete(uid);
      this.#dropFinalizer(key, foreground);
    }
  }

  #disown(key: Key, uid: string): void {
    const stored = this.#world.store.get(...key);
    const owners = stored?.object.metadata.ownerReferences ?? [];
    if (stored) this.#put(stored, { ownerReferences: owners.filter((owner) => owner.uid !== uid) });
  }

  #dropFinalizer(key: Key, name: string): void {
    const stored = this.#world.store.get(...key);
    if (!stored) return;
    const finalizers = (stored.object.metadata.finalizers ?? []).filter((other) => other !== name);
    finishDeletion(this.#world, this.#put(stored, { finalizers }));
  }

  /** Deletes the dependents of an owner; true while one is left that blocks it. */
  #deleteDependents(uid: string): boolean {
    let blocked = false;
    for (const key of [...(this.#dependents.get(uid)?.values() ?? [])]) {
      const stored = this.#world.store.get(...key);
      const resource = this.#world.registry.byKey(key[0]);
      if (!stored || !resource) continue;
      const owner = stored.object.metadata.ownerReferences?.find((item) => item.uid === uid);
      const started = stored.object.metadata.deletionTimestamp !== undefined;
      const gone = started
        ? false
        : remove(this.#world, resource, stored, { propagationPolicy: 'Foreground' }).gone;
      if (!gone && owner?.blockOwnerDeletion === true)
        blocked = this.#world.store.get(...key) !== undefined || blocked;
    }
    return blocked;
  }
}
