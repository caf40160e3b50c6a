/** JSON merge patch (RFC 7396). */
import type { Json, JsonObject } from '../types.ts';
import { isObject } from '../schema/unknown.ts';

/** `patch` applied to `target`, which is not changed; parts that stay are shared. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key];
    else setField(result, key, mergePatch(result[key], value));
  }
  return result;
}

/** Assignment that takes `__proto__` for the ordinary key it is in JSON. */
export function setField(target: JsonObject, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
