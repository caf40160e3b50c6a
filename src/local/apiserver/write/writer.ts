/** Creating and updating: the one path every write of an object takes. Synchronous from reading to storing. */
import { randomUUID } from 'node:crypto';
import { alreadyExists, conflict, invalid, modified } from '../api-error.ts';
import { afterUpdate } from '../apply/managers.ts';
import { generateName } from '../resources/names.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import { invalidValue } from '../schema/causes.ts';
import { Stored } from '../storage/stored.ts';
import type { ManagedFields, Obj } from '../types.ts';
import { timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { changedSpec, sameState } from './changes.ts';
import { check, checkFinalizers, checkNamespace } from './checks.ts';
import { cloneJson } from './decode.ts';
import type { Address } from './decode.ts';
import { finishDeletion } from './deletion.ts';

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: boolean;
  /** For PUT, where some kinds want to be told which state is replaced. */
  readonly mustNameRevision?: boolean;
  /** Given by server-side apply, which has worked out itself who owns what. */
  readonly managedFields?: ManagedFields[];
}

export interface Written {
  readonly stored: Stored;
  readonly created: boolean;
}

/** Top-level fields that a path cannot write, and so cannot own. */
export function resetsOf(address: Address, object: Obj): readonly string[] {
  if (address.subresource === 'status')
    return Object.keys(object).filter(
      (field) => !['apiVersion', 'kind', 'metadata', 'status'].includes(field),
    );
  return address.version.hasStatus ? ['status'] : [];
}

function toStorage(address: Address, object: Obj): Obj {
  const { resource } = address;
  if (resource.view) return resource.view.fromView(object);
  const apiVersion = apiVersionOf(resource.group, resource.storage);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function nameFor(world: World, address: Address, object: Obj): void {
  const { metadata } = object;
  if (metadata.name || !metadata.generateName) return;
  const { store } = world;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    metadata.name = generateName(metadata.generateName, (below) => world.random(below));
    if (!store.get(address.resource.key, address.namespace, metadata.name)) return;
  }
}

/** Creates `object`, as `decode` gave it. @throws ApiError 403, 404, 409, 422 */
export function create(world: World, address: Address, object: Obj, options: WriteOptions): Written {
  const { resource, version } = address;
  nameFor(world, address, object);
  const name = object.metadata.name ?? '';
  checkNamespace(world, address, name);
  const now = timestamp(world.clock.now());
  const { metadata } = object;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = now;
  for (const field of [
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'managedFields',
  ])
    delete metadata[field];
  if (resource.counted) metadata.generation = 1;
  else delete metadata.generation;
  if (version.hasStatus && !resource.strategy.createsStatus) delete object['status'];
  // What the server decides from here on belongs to nobody.
  const sent = toStorage(address, resource.custom ? object : cloneJson(object));
  let stored = resource.custom ? sent : toStorage(address, object);
  resource.strategy.prepare?.(stored, undefined);
  check(address, resource.view ? stored : { ...stored, apiVersion: object.apiVersion }, undefined);
  if (world.store.get(resource.key, address.namespace, name)) throw alreadyExists(resource, name);
  const managed =
    options.managedFields ??
    afterUpdate(
      undefined,
      version.zero,
      undefined,
      sent,
      version.schema,
      writerOf(address, options, now),
      resetsOf(address, sent),
    );
  stored = withManagers(stored, managed);
  if (options.dryRun) return { stored: unsaved(world, address, stored), created: true };
  return { stored: world.store.put(resource.key, address.namespace, name, stored), created: true };
}

function writerOf(address: Address, options: WriteOptions, time: string) {
  return {
    manager: options.manager,
    apiVersion: apiVersionOf(address.resource.group, address.version.name),
    time,
    ...(address.subresource && { subresource: address.subresource }),
  };
}

function withManagers(object: Obj, managedFields: ManagedFields[] | undefined): Obj {
  const { managedFields: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(managedFields && managedFields.length > 0 && { managedFields }) },
  };
}

/** What a dry run answers with: the object as it would be, at the revision it has now. */
function unsaved(world: World, address: Address, object: Obj, revision?: number): Stored {
  const { resource, namespace } = address;
  const { resourceVersion: _, ...rest } = object.metadata;
  const metadata = { ...rest, ...(revision !== undefined && { resourceVersion: String(revision) }) };
  const whole = { ...object, metadata };
  const text = JSON.stringify(whole);
  return new Stored(
    resource.key,
    namespace,
    object.metadata.name ?? '',
    revision ?? world.store.revision,
    text,
    whole,
  );
}

/** Fields of metadata that the server alone decides. */
const kept = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'generateName',
  'selfLink',
] as const;

function keepMetadata(object: Obj, old: Obj): void {
  const { metadata } = object;
  for (const field of kept) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else (metadata as Record<string, unknown>)[field] = old.metadata[field];
  }
}

/**
 * Writes `sent` over `before`, in the storage's form.
 * @throws ApiError 409 when resourceVersion or uid name another state, 422
 */
export function update(
  world: World,
  address: Address,
  before: Stored,
  sent: Obj,
  options: WriteOptions,
): Written {
  const { resource, version } = address;
  const old = before.object;
  const { name } = before;
  const { uid, resourceVersion } = sent.metadata;
  if (options.mustNameRevision && !resourceVersion && needsRevision(resource))
    throw invalid({ ...resource, kind: resource.plural }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== String(before.revision))
    throw conflict(resource, name, modified);
  if (uid !== undefined && uid !== '' && uid !== old.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  const claimed = address.subresource ? undefined : sent.metadata.managedFields;
  let object = toStorage(address, sent);
  if (address.subresource === 'status') object = { ...old, status: object['status'] };
  else if (version.hasStatus) {
    if (old['status'] === undefined) delete object['status'];
    else object['status'] = old['status'];
  }
  object.metadata = { ...(address.subresource ? old.metadata : object.metadata) };
  keepMetadata(object, old);
  if (!address.subresource) resource.strategy.prepare?.(object, old);
  checkFinalizers(address, object, old);
  check(address, { ...object, apiVersion: resource.view ? object.apiVersion : sent.apiVersion }, old);
  if (resource.counted && changedSpec(object, old, version.hasStatus || !resource.custom))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  const now = timestamp(world.clock.now());
  const managed =
    options.managedFields ??
    afterUpdate(
      old,
      undefined,
      claimed,
      object,
      version.schema,
      writerOf(address, options, now),
      resetsOf(address, object),
    );
  object = withManagers(object, managed);
  object.metadata.resourceVersion = String(before.revision);
  if (sameState(object, old)) return { stored: before, created: false };
  if (options.dryRun) return { stored: unsaved(world, address, object, before.revision), created: false };
  const stored = world.store.put(resource.key, before.namespace, name, object);
  return { stored: finishDeletion(world, stored), created: false };
}

/** Kinds that are not updated blindly: custom ones, and those where two writers compete. */
const needsRevision = (resource: Resource): boolean =>
  resource.custom || ['leases', 'customresourcedefinitions', 'serviceaccounts'].includes(resource.plural);
