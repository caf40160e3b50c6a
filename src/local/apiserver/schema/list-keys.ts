/** What makes an item of a list unique: its key fields, or its value in a set. */
import type { Json, JsonObject } from '../types.ts';
import type { Schema } from './schema.ts';
import { isObject } from './unknown.ts';

/** Key fields a client may leave out, since they have a default: a container port is TCP unless it says otherwise. */
const keyDefaults: Record<string, Json> = { protocol: 'TCP' };

/** The key fields of an item of a `map` list; fields that are absent and have no default are left out. */
export function itemKey(item: Json | undefined, keys: readonly string[]): JsonObject | undefined {
  if (!isObject(item)) return undefined;
  const key: JsonObject = {};
  for (const name of keys.toSorted()) {
    const value = item[name] ?? keyDefaults[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}

/**
 * The path element that names an item in managed fields, `k:{"name":"a"}` or `v:"a"`; undefined for a list without
 * keys.
 */
export function listKey(item: Json | undefined, schema: Schema): string | undefined {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return `v:${JSON.stringify(item ?? null)}`;
  if (type !== 'map') return undefined;
  const key = itemKey(item, schema['x-kubernetes-list-map-keys'] ?? []);
  return key && `k:${JSON.stringify(key)}`;
}
