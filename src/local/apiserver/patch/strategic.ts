/**
 * Strategic merge patch: as a merge patch, but lists whose schema has a merge key merge item by item, and directives
 * in the patch say what to delete, keep or order (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`,
 * `$setElementOrder/…`). Only built-in kinds know it.
 */
import { badRequest } from '../api-error.ts';
import { equal } from '../apply/compare.ts';
import type { Json, JsonObject } from '../types.ts';
import { childSchema } from '../schema/schema.ts';
import type { Schema } from '../schema/schema.ts';
import { isObject } from '../schema/unknown.ts';
import { setField } from './merge-patch.ts';

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** `patch` applied to `target`, which is not changed. @throws ApiError 400 for directives that make no sense */
export function strategicPatch(target: Json | undefined, patch: Json, schema: Schema | undefined): Json {
  if (!isObject(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type found: ${JSON.stringify(directive)}`);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  retainKeys(result, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || value === undefined) continue;
    if (key.startsWith(orderPrefix)) continue;
    if (key.startsWith(deletePrefix)) {
      const field = key.slice(deletePrefix.length);
      const present = result[field];
      if (!Array.isArray(value)) throw badRequest(`invalid patch: ${key} is no list`);
      if (Array.isArray(present))
        setField(
          result,
          field,
          present.filter((item) => !value.some((gone) => equal(gone, item))),
        );
      continue;
    }
    if (value === null) delete result[key];
    else setField(result, key, patchField(result[key], value, childSchema(schema, key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const field = key.slice(orderPrefix.length);
    if (!Array.isArray(value)) throw badRequest(`invalid patch: ${key} is no list`);
    const present = result[field];
    if (Array.isArray(present))
      setField(result, field, ordered(present, value, mergeKeyOf(childSchema(schema, field))));
  }
  return result;
}

function mergeKeyOf(schema: Schema | undefined): string | undefined {
  return schema?.['x-kubernetes-patch-merge-key'];
}

function retainKeys(target: JsonObject, keys: Json | undefined): void {
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw badRequest('invalid patch: $retainKeys is no list');
  for (const key of Object.keys(target)) if (!keys.includes(key)) delete target[key];
}

function patchField(target: Json | undefined, patch: Json, schema: Schema | undefined): Json {
  if (!Array.isArray(patch)) return strategicPatch(target, patch, schema);
  const merges = schema?.['x-kubernetes-patch-strategy']?.includes('merge') === true;
  const key = mergeKeyOf(schema);
  if (!merges) return patch.map(withoutDirectives);
  const present = Array.isArray(target) ? target : [];
  if (key !== undefined) return mergeByKey(present, patch, key, schema?.items);
  return [...present, ...patch.filter((item) => !present.some((other) => equal(other, item)))];
}

function mergeByKey(
  target: readonly Json[],
  patch: readonly Json[],
  key: string,
  items: Schema | undefined,
): Json[] {
  const replaced = patch.some(
    (item) => isObject(item) && item['$patch'] === 'replace' && item[key] === undefined,
  );
  let result = replaced ? [] : [...target];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest('invalid patch: an item of a list that merges by key is no object');
    const directive = item['$patch'];
    const value = item[key];
    if (directive === 'replace' && value === undefined) continue;
    if (value === undefined) {
      throw badRequest(
        `map: ${JSON.stringify(item).slice(0, 200)} does not contain declared merge key: ${key}`,
      );
    }
    const same = (other: Json): boolean => isObject(other) && equal(other[key], value);
    if (directive === 'delete') {
      result = result.filter((other) => !same(other));
      continue;
    }
    const at = result.findIndex(same);
    if (at < 0) result.push(withoutDirectives(item));
    else result[at] = strategicPatch(result[at], item, items);
  }
  return result;
}

/** Items named in `order` come in that order; the others stay behind the item they stood behind. */
function ordered(list: readonly Json[], order: readonly Json[], key: string | undefined): Json[] {
  const idOf = (item: Json): Json | undefined => (key !== undefined && isObject(item) ? item[key] : item);
  const position = (item: Json): number => order.findIndex((other) => equal(idOf(other), idOf(item)));
  const named = list.filter((item) => position(item) >= 0).toSorted((a, b) => position(a) - position(b));
  const result: Json[] = [...named];
  let after = 0;
  for (const item of list) {
    if (position(item) >= 0) after = Math.max(after, result.indexOf(item) + 1);
    else result.splice(after++, 0, item);
  }
  return result;
}

/** What is new needs no directives, and nulls in it set nothing. */
function withoutDirectives(value: Json): Json {
  if (Array.isArray(value))
    return value.filter((item) => !(isObject(item) && item['$patch'] === 'delete')).map(withoutDirectives);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value))
    if (!key.startsWith('$') && inner !== null && inner !== undefined)
      setField(result, key, withoutDirectives(inner));
  return result;
}
