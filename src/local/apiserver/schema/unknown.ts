/** Unknown fields: named as kube-apiserver names them, and dropped. */
import type { Json, JsonObject } from '../types.ts';
import { childSchema, keepsUnknown } from './schema.ts';
import type { Schema } from './schema.ts';

/** More than these are not listed; the object is refused or pruned all the same. */
const maxReported = 100;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typeMeta: Schema = { type: 'string' };

/**
 * Removes from `value`, in place, every field that `schema` neither names nor keeps. Returns their paths in the
 * spelling of a strict decoding error: `spec.containers[0].imagee`.
 */
export function pruneUnknown(value: Json | undefined, schema: Schema, path = ''): string[] {
  const found: string[] = [];
  prune(value, schema, path, found);
  return found.sort();
}

function prune(value: Json | undefined, schema: Schema, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    const items = schema.items;
    if (items) value.forEach((item, index) => prune(item, items, `${path}[${index}]`, found));
    return;
  }
  if (!isObject(value)) return;
  const keeps = keepsUnknown(schema);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  for (const [field, inner] of Object.entries(value)) {
    const where = path === '' ? field : `${path}.${field}`;
    const child = childSchema(schema, field) ?? (embedded ? embeddedField(field) : undefined);
    if (child) prune(inner, child, where, found);
    else if (!keeps) {
      delete value[field];
      if (found.length < maxReported) found.push(where);
    }
  }
}

function embeddedField(field: string): Schema | undefined {
  if (field === 'apiVersion' || field === 'kind') return typeMeta;
  return field === 'metadata' ? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } : undefined;
}
