/** Deleting: at once, with grace, or when the last finalizer is gone. */
import { conflict } from '../api-error.ts';
import { textAt } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import type { Stored } from '../storage/stored.ts';
import type { Obj } from '../types.ts';
import { timestamp } from '../world.ts';
import type { World } from '../world.ts';

export interface DeleteOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

/** Finalizers by which the garbage collector is asked to see to dependents first. */
export const foreground = 'foregroundDeletion';
export const orphan = 'orphan';

export interface Deleted {
  readonly stored: Stored;
  /** False while finalizers or a grace period keep it. */
  readonly gone: boolean;
}

/** @throws ApiError 409 when a precondition fails */
export function remove(world: World, resource: Resource, stored: Stored, options: DeleteOptions): Deleted {
  checkPreconditions(resource, stored, options);
  if (options.dryRun) return { stored, gone: true };
  const { metadata } = stored.object;
  const finalizers = new Set(metadata.finalizers ?? []);
  if (options.propagationPolicy === 'Foreground') finalizers.add(foreground);
  if (options.propagationPolicy === 'Orphan') finalizers.add(orphan);
  if (options.propagationPolicy === 'Background') {
    finalizers.delete(foreground);
    finalizers.delete(orphan);
  }
  const grace = graceOf(resource, stored.object, options);
  const holds = finalizers.size > 0 || grace > 0 || hasSpecFinalizers(resource, stored.object);
  if (!holds) return { stored: world.store.remove(stored), gone: true };
  const earlier = metadata.deletionTimestamp;
  const shorter = earlier === undefined || grace < (metadata.deletionGracePeriodSeconds ?? 0);
  const same = finalizers.size === (metadata.finalizers ?? []).length;
  if (!shorter && same) return { stored, gone: false };
  const object: Obj = {
    ...stored.object,
    metadata: {
      ...metadata,
      ...(shorter && {
        deletionTimestamp: timestamp(world.clock.now() + grace * 1000),
        deletionGracePeriodSeconds: grace,
      }),
      ...(finalizers.size > 0 && { finalizers: [...finalizers] }),
      ...(resource.counted && earlier === undefined && { generation: (metadata.generation ?? 0) + 1 }),
    },
  };
  if (finalizers.size === 0) delete object.metadata.finalizers;
  if (resource.plural === 'namespaces' && resource.group === '')
    object['status'] = { ...(object['status'] as object), phase: 'Terminating' };
  return { stored: world.store.put(stored.resource, stored.namespace, stored.name, object), gone: false };
}

function checkPreconditions(resource: Resource, stored: Stored, options: DeleteOptions): void {
  const { uid } = stored.object.metadata;
  if (options.uid !== undefined && options.uid !== uid)
    throw conflict(
      { ...resource, plural: resource.kind },
      stored.name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  const revision = String(stored.revision);
  if (options.resourceVersion !== undefined && options.resourceVersion !== revision)
    throw conflict(
      resource,
      stored.name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${revision}`,
    );
}

/** Only a pod that a node runs is given time to end; the node deletes it for good. */
function graceOf(resource: Resource, object: Obj, options: DeleteOptions): number {
  if (resource.plural !== 'pods' || resource.group !== '') return 0;
  const phase = textAt(object, 'status', 'phase');
  if (textAt(object, 'spec', 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = Number(textAt(object, 'spec', 'terminationGracePeriodSeconds') || 30);
  return Math.max(0, options.gracePeriodSeconds ?? own);
}

function hasSpecFinalizers(resource: Resource, object: Obj): boolean {
  if (resource.plural !== 'namespaces' || resource.group !== '') return false;
  const spec = object['spec'];
  const list =
    typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? spec['finalizers'] : undefined;
  return Array.isArray(list) && list.length > 0;
}

/** Removes an object that was only waiting for its last finalizer; gives back what is then the last state. */
export function finishDeletion(world: World, stored: Stored): Stored {
  const { metadata } = stored.object;
  if (metadata.deletionTimestamp === undefined) return stored;
  if ((metadata.finalizers ?? []).length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return stored;
  const resource = world.registry.byKey(stored.resource);
  if (resource && hasSpecFinalizers(resource, stored.object)) return stored;
  return world.store.remove(stored);
}
