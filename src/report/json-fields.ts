/** Reading what a JSON document holds without trusting its shape: a field of another type is not there. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectIn(from: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = from?.[name];
  return isObject(value) ? value : undefined;
}

/** A text that is not empty; a number is taken as its text. */
export function textIn(from: JsonObject | undefined, name: string): string | undefined {
  const value = from?.[name];
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function objectsIn(from: JsonObject | undefined, name: string): readonly JsonObject[] {
  const value = from?.[name];
  if (!Array.isArray(value)) return none;
  return value.every(isObject) ? value : value.filter(isObject);
}

const none: readonly JsonObject[] = [];

/** The texts that `read` finds in the objects of a list. */
export function textsIn(
  list: readonly JsonObject[],
  read: (one: JsonObject) => string | undefined,
): string[] {
  const found: string[] = [];
  for (const one of list) {
    const text = read(one);
    if (text !== undefined) found.push(text);
  }
  return found;
}
