/** What a write changed, as far as generation and the question whether to write at all go. */
import { equal } from '../apply/compare.ts';
import type { ManagedFields, Obj } from '../types.ts';

/** Equal but for the times in managed fields. */
export function sameState(object: Obj, old: Obj): boolean {
  const timeless = (fields: ManagedFields[] | undefined): ManagedFields[] =>
    (fields ?? []).map((entry) => ({ ...entry, time: '' }));
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)]))
    if (field !== 'metadata' && !equal(object[field], old[field])) return false;
  const { managedFields: mine, ...metadata } = object.metadata;
  const { managedFields: theirs, ...before } = old.metadata;
  return equal(metadata, before) && equal(timeless(mine), timeless(theirs));
}

/** generation counts what a controller must act on: everything but metadata, and status where it is a subresource. */
export function changedSpec(object: Obj, old: Obj, statusApart: boolean): boolean {
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'apiVersion' || (field === 'status' && statusApart)) continue;
    if (!equal(object[field], old[field])) return true;
  }
  return object.metadata.deletionTimestamp !== old.metadata.deletionTimestamp;
}
