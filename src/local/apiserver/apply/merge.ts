/** The two steps by which an applied configuration becomes part of an object: laying it over, and taking away. */
import type { Json, JsonObject } from '../types.ts';
import { listKey } from '../schema/list-keys.ts';
import { childSchema } from '../schema/schema.ts';
import type { Schema } from '../schema/schema.ts';
import { isObject } from '../schema/unknown.ts';
import { setField } from '../patch/merge-patch.ts';
import type { FieldSet } from './field-set.ts';
import { partsOf } from './shape.ts';

/** `config` laid over `live`: fields and keyed items one by one, everything else as a whole. Neither is changed. */
export function overlay(live: Json | undefined, config: Json, schema: Schema | undefined): Json {
  const from = partsOf(live, schema);
  const to = partsOf(config, schema);
  if (!from || !to) return config;
  if (Array.isArray(live) && Array.isArray(config)) return overlayList(live, config, schema);
  if (!isObject(live) || !isObject(config)) return config;
  const result: JsonObject = { ...live };
  for (const [field, value] of Object.entries(config)) {
    if (value === undefined) continue;
    const own = Object.hasOwn(live, field) ? live[field] : undefined;
    setField(result, field, overlay(own, value, childSchema(schema, field)));
  }
  return result;
}

/** Items of the configuration keep its order; items that only the object has stay behind the one they stood behind. */
function overlayList(live: Json[], config: Json[], schema: Schema | undefined): Json[] {
  if (!schema) return config;
  const wanted = new Map(config.map((item) => [listKey(item, schema), item]));
  const present = new Map(live.map((item) => [listKey(item, schema), item]));
  const merged = config.map((item) => {
    const old = present.get(listKey(item, schema));
    return old === undefined ? item : overlay(old, item, schema.items);
  });
  let at = 0;
  for (const item of live) {
    const key = listKey(item, schema);
    if (wanted.has(key)) at = Math.max(at, merged.findIndex((other) => listKey(other, schema) === key) + 1);
    else merged.splice(at++, 0, item);
  }
  return merged;
}

/**
 * Takes out of `value` what its applier owned before (`last`) and nobody owns now (`owned`). Returns undefined when
 * nothing of it is left that anybody set.
 */
export function withoutAbandoned(
  value: Json | undefined,
  last: FieldSet,
  owned: FieldSet | undefined,
  schema: Schema | undefined,
): Json | undefined {
  if (value === undefined) return undefined;
  if (!owned && last.member) return undefined;
  const parts = partsOf(value, schema);
  if (!parts || last.children.size === 0) return value;
  const gone = new Set<string>();
  const kept = new Map<string, Json>();
  for (const [element, child] of last.children) {
    const part = parts.get(element);
    if (!part) continue;
    const left = withoutAbandoned(part.value, child, owned?.children.get(element), part.schema);
    if (left === undefined) gone.add(element);
    else kept.set(element, left);
  }
  if (gone.size > 0 && gone.size === parts.size && !owned) return undefined;
  if (Array.isArray(value)) {
    if (!schema) return value;
    return value.flatMap((item) => {
      const key = listKey(item, schema) ?? '';
      return gone.has(key) ? [] : [kept.get(key) ?? item];
    });
  }
  const result: JsonObject = {};
  for (const part of parts.values())
    if (!gone.has(part.element))
      setField(result, part.element.slice(2), kept.get(part.element) ?? part.value);
  return result;
}
