/** How server-side apply sees a value: a leaf, fields, or a list whose items have names of their own. */
import type { Json } from '../types.ts';
import { listKey } from '../schema/list-keys.ts';
import { childSchema } from '../schema/schema.ts';
import type { Schema } from '../schema/schema.ts';
import { isObject } from '../schema/unknown.ts';

/** One part of a value under its path element. */
export interface Part {
  readonly element: string;
  readonly value: Json;
  readonly schema: Schema | undefined;
  /** Whether the schema names this field; keys of maps and items of lists are not named. */
  readonly named: boolean;
}

/** The parts of a value that is merged part by part; undefined for one that is taken as a whole. */
export function partsOf(value: Json | undefined, schema: Schema | undefined): Map<string, Part> | undefined {
  if (Array.isArray(value)) return listParts(value, schema);
  if (!isObject(value) || schema?.['x-kubernetes-map-type'] === 'atomic') return undefined;
  const parts = new Map<string, Part>();
  for (const [field, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const element = `f:${field}`;
    const named = schema?.properties !== undefined && Object.hasOwn(schema.properties, field);
    parts.set(element, { element, value: inner, schema: childSchema(schema, field), named });
  }
  return parts;
}

function listParts(value: readonly Json[], schema: Schema | undefined): Map<string, Part> | undefined {
  const type = schema?.['x-kubernetes-list-type'];
  if (!schema || (type !== 'map' && type !== 'set')) return undefined;
  const parts = new Map<string, Part>();
  for (const item of value) {
    const element = listKey(item, schema);
    // The same key twice cannot be told apart: the whole list is then one value.
    if (element === undefined || parts.has(element)) return undefined;
    parts.set(element, { element, value: item, schema: schema.items, named: false });
  }
  return parts;
}
