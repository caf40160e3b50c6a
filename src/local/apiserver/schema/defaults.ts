/** Defaults that a schema declares, filled in from the outside in, as structural CRD schemas do it. */
import type { Json } from '../types.ts';
import { childSchema } from './schema.ts';
import type { Schema } from './schema.ts';
import { isObject } from './unknown.ts';

/** Fills `value` in place. A null where null is not allowed gives way to the default. */
export function applyDefaults(value: Json | undefined, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items && hasDefaults(schema.items))
      for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  for (const [field, inner] of Object.entries(schema.properties ?? {})) {
    if (inner.default === undefined) continue;
    const present = value[field];
    if (present === undefined || (present === null && inner.nullable !== true)) {
      value[field] = structuredClone(inner.default);
    }
  }
  for (const [field, inner] of Object.entries(value)) {
    const child = childSchema(schema, field);
    if (child && hasDefaults(child)) applyDefaults(inner, child);
  }
}

/** Removes nulls where the schema allows none, in place: to a structural schema they are fields that are not there. */
export function dropForbiddenNulls(value: Json | undefined, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) dropForbiddenNulls(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  for (const [field, inner] of Object.entries(value)) {
    const child = childSchema(schema, field);
    if (!child) continue;
    if (inner === null && child.nullable !== true && schema.properties?.[field]) delete value[field];
    else dropForbiddenNulls(inner, child);
  }
}

const known = new WeakMap<Schema, boolean>();

function hasDefaults(schema: Schema): boolean {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const more = schema.additionalProperties;
  const result =
    Object.values(schema.properties ?? {}).some(
      (child) => child.default !== undefined || hasDefaults(child),
    ) ||
    (schema.items !== undefined && hasDefaults(schema.items)) ||
    (typeof more === 'object' && hasDefaults(more));
  known.set(schema, result);
  return result;
}
