/** Who set which field: `metadata.managedFields`, kept for every write, and conflicts between appliers. */
import { ApiError } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import type { Json, JsonObject, ManagedFields, Obj } from '../types.ts';
import type { Schema } from '../schema/schema.ts';
import { compare, equal, fieldsOf } from './compare.ts';
import {
  FieldSet,
  addAll,
  difference,
  fromFieldsV1,
  intersection,
  members,
  pathText,
  toFieldsV1,
  union,
  withoutSubtrees,
} from './field-set.ts';
import { overlay, withoutAbandoned } from './merge.ts';

/** Who writes, how and when. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time: string;
}

interface Manager {
  readonly entry: ManagedFields;
  readonly set: FieldSet;
}

/** Fields that belong to the server, whoever sends them. */
const serverFields = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
});

/** A manager is its name, operation, version and subresource; time does not matter. */
const identity = (entry: ManagedFields): string =>
  `${entry.manager}\n${entry.operation}\n${entry.apiVersion}\n${entry.subresource ?? ''}`;

function readManagers(entries: readonly ManagedFields[] | undefined): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? [])
    managers.set(identity(entry), { entry, set: fromFieldsV1(entry.fieldsV1) });
  return managers;
}

function writeManagers(managers: ReadonlyMap<string, Manager>): ManagedFields[] {
  const entries = [...managers.values()]
    .filter((manager) => !manager.set.empty)
    .map(({ entry, set }) => ({ ...entry, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(set) }));
  // Appliers first, then by time and name, the order in which kube-apiserver lists them.
  return entries.toSorted((a, b) => {
    const order = (entry: ManagedFields): string =>
      `${entry.operation} ${entry.operation === 'Apply' ? '' : entry.time} ${entry.manager} ${entry.subresource ?? ''}`;
    return order(a) < order(b) ? -1 : 1;
  });
}

function entryOf(writer: Writer, operation: 'Apply' | 'Update'): ManagedFields {
  return {
    manager: writer.manager,
    operation,
    apiVersion: writer.apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    ...(writer.subresource !== undefined && { subresource: writer.subresource }),
  };
}

/** What counts for ownership: not the server's own fields, and not what this path cannot write. */
function ignored(resets: readonly string[]): FieldSet {
  const set = union(serverFields);
  for (const field of resets) set.child(`f:${field}`).member = true;
  return set;
}

const onlyMeta = (set: FieldSet, drop: FieldSet): FieldSet => difference(dropResets(set, drop), drop);

/** Resets take whole subtrees; `metadata` itself is a server field, but labels below it are not. */
function dropResets(set: FieldSet, drop: FieldSet): FieldSet {
  const subtrees = new FieldSet();
  set.member = false;
  for (const [element, child] of drop.children)
    if (element !== 'f:metadata' && child.member) subtrees.child(element).member = true;
  const managed = drop.children.get('f:metadata')?.children ?? new Map<string, FieldSet>();
  for (const element of managed.keys()) subtrees.child('f:metadata').child(element).member = true;
  return withoutSubtrees(set, subtrees);
}

/**
 * managedFields after an ordinary write (create, update, any patch but apply): the writer owns what it changed, the
 * others no longer. `zero` stands for `before` on create. `claimed` is what the client itself sent as managedFields, by which clients hand fields over; one
 * empty entry clears them. `resets` are top-level fields that this path cannot write (`status`, or all but it).
 */
export function afterUpdate(
  before: Obj | undefined,
  zero: JsonObject | undefined,
  claimed: ManagedFields[] | undefined,
  after: Obj,
  schema: Schema,
  writer: Writer,
  resets: readonly string[],
): ManagedFields[] | undefined {
  if (claimed?.length === 1 && claimed[0]?.manager === undefined && !claimed[0]?.operation) return undefined;
  const tracked = claimed && claimed.length > 0 ? claimed : before?.metadata.managedFields;
  // An object whose managers were cleared stays untracked until somebody applies.
  if (before && !tracked) return undefined;
  const managers = readManagers(tracked);
  const own = entryOf(writer, 'Update');
  const id = identity(own);
  const change = compare(withoutManagedFields(before) ?? zero, withoutManagedFields(after), schema);
  const drop = ignored(resets);
  const taken = onlyMeta(union(change.modified, change.added), drop);
  if (taken.empty && change.removed.empty) return tracked;
  for (const [key, manager] of managers) {
    const left = difference(difference(manager.set, key === id ? new FieldSet() : taken), change.removed);
    managers.set(key, { entry: manager.entry, set: left });
  }
  const mine = union(managers.get(id)?.set ?? new FieldSet(), taken);
  managers.set(id, { entry: own, set: mine });
  joinOldest(managers);
  return writeManagers(managers);
}

const maxUpdaters = 10;

/** Of many updaters the oldest become one, so that an object cannot grow without end. */
function joinOldest(managers: Map<string, Manager>): void {
  const updaters = [...managers.entries()]
    .filter(([, manager]) => manager.entry.operation === 'Update' && !manager.set.empty)
    .toSorted(([, a], [, b]) => ((a.entry.time ?? '') < (b.entry.time ?? '') ? -1 : 1));
  const [first, ...rest] = updaters.slice(0, Math.max(0, updaters.length - maxUpdaters + 1));
  if (!first || rest.length === 0) return;
  const entry = { ...(rest.at(-1) ?? first)[1].entry, manager: 'ancient-changes' };
  for (const [key] of [first, ...rest]) managers.delete(key);
  managers.set(identity(entry), {
    entry,
    set: union(first[1].set, ...rest.map(([, manager]) => manager.set)),
  });
}

function withoutManagedFields(object: Obj | undefined): Json | undefined {
  if (!object?.metadata.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export interface ApplyResult {
  readonly object: Obj;
  /** The managers of `object`, to be set once the server has made its own changes to it. */
  readonly managedFields: ManagedFields[];
}

/**
 * Server-side apply: `config` over `live`. Fields that the same applier set before and now leaves out go, unless
 * somebody else has them too.
 * @throws ApiError 409 with a cause a field, when another manager owns a field that would change, unless `force`
 */
export function applyConfig(
  live: Obj | undefined,
  config: Obj,
  schema: Schema,
  writer: Writer,
  options: { readonly force: boolean; readonly resets: readonly string[] },
): ApplyResult {
  const managers = readManagers(live?.metadata.managedFields);
  const own = entryOf(writer, 'Apply');
  const id = identity(own);
  const last = managers.get(id)?.set;
  const drop = ignored(options.resets);
  const mine = onlyMeta(fieldsOf(config, schema), drop);
  if (live && managers.size === 0) adopt(managers, live, schema, writer, drop);
  managers.set(id, { entry: own, set: mine });
  let merged = overlay(live, config, schema);
  if (last) {
    const owned = union(...[...managers.values()].map((manager) => manager.set), serverFields);
    merged = withoutAbandoned(merged, last, owned, schema) ?? merged;
  }
  const object = merged as Obj;
  const change = compare(withoutManagedFields(live), withoutManagedFields(object), schema);
  const changed = onlyMeta(union(change.modified, change.added), drop);
  const conflicts: { manager: Manager; path: readonly string[] }[] = [];
  for (const [key, manager] of managers) {
    if (key === id) continue;
    const lost = intersection(manager.set, changed);
    for (const path of members(lost)) conflicts.push({ manager, path });
    managers.set(key, {
      entry: manager.entry,
      set: difference(difference(manager.set, lost), change.removed),
    });
  }
  if (conflicts.length > 0 && !options.force) throw conflictError(conflicts);
  const written = writeManagers(managers);
  const previous = live?.metadata.managedFields?.find((entry) => identity(entry) === id);
  // The same configuration again is no change, not even of the time.
  const same =
    previous && equal(previous.fieldsV1, toFieldsV1(mine)) && changed.empty && change.removed.empty;
  return {
    object,
    managedFields: same
      ? written.map((entry) => (identity(entry) === id ? { ...entry, time: previous.time } : entry))
      : written,
  };
}

/** An object from before anyone tracked it: whatever it holds was set by somebody. */
function adopt(
  managers: Map<string, Manager>,
  live: Obj,
  schema: Schema,
  writer: Writer,
  drop: FieldSet,
): void {
  const set = new FieldSet();
  addAll(set, onlyMeta(fieldsOf(live, schema), drop));
  const entry = entryOf({ ...writer, manager: 'before-first-apply' }, 'Update');
  managers.set(identity(entry), { entry, set });
}

function managerText(entry: ManagedFields): string {
  const name = JSON.stringify(entry.manager ?? '');
  const subresource =
    entry.subresource === undefined ? '' : ` with subresource ${JSON.stringify(entry.subresource)}`;
  if (entry.operation !== 'Update') return name + subresource;
  return `${name}${subresource} using ${entry.apiVersion}`;
}

function conflictError(conflicts: readonly { manager: Manager; path: readonly string[] }[]): ApiError {
  const causes: Cause[] = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager.entry)}`,
    field: pathText(path),
  }));
  const byManager = new Map<string, string[]>();
  for (const { manager, path } of conflicts) {
    const text = managerText(manager.entry);
    byManager.set(text, [...(byManager.get(text) ?? []), pathText(path)]);
  }
  const parts = [...byManager].map(
    ([manager, paths]) => `conflicts with ${manager}:\n${paths.map((path) => `- ${path}`).join('\n')}`,
  );
  const [only] = causes;
  const message =
    conflicts.length === 1
      ? `Apply failed with 1 conflict: ${only?.message}: ${only?.field}`
      : `Apply failed with ${conflicts.length} conflicts: ${parts.join('\n')}`;
  return new ApiError({
    code: 409,
    reason: 'Conflict',
    message,
    details: { causes: causes.map((cause) => ({ ...cause })) },
  });
}
