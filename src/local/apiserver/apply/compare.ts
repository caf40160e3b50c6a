/** Which fields an object has, and which changed between two states of it. */
import type { Json } from '../types.ts';
import type { Schema } from '../schema/schema.ts';
import { FieldSet } from './field-set.ts';
import { partsOf } from './shape.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Every field that `value` sets: what an applier owns. */
export function fieldsOf(value: Json, schema: Schema | undefined): FieldSet {
  const set = new FieldSet();
  collect(value, schema, set);
  return set;
}

function collect(value: Json, schema: Schema | undefined, set: FieldSet): void {
  const parts = partsOf(value, schema);
  if (!parts) {
    set.member = true;
    return;
  }
  for (const part of parts.values()) {
    const child = set.child(part.element);
    collect(part.value, part.schema, child);
    const bare = partsOf(part.value, part.schema)?.size === 0;
    if (!part.named || bare) child.member = true;
  }
}

export function compare(
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
): Comparison {
  const result = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  diff(before, after, schema, result);
  return result;
}

function diff(
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
  into: Comparison,
): void {
  if (before === after) return;
  let from = partsOf(before, schema);
  let to = partsOf(after, schema);
  // An explicit null holds nothing, and is there all the same.
  if (before === null && to) from = new Map();
  if (after === null && from) to = new Map();
  if (before === undefined) into.added.member = true;
  else if (after === undefined) into.removed.member = true;
  else if (!from || !to) {
    // One side is a leaf: the whole changed.
    if (!equal(before, after)) into.modified.member = true;
    if (!from && !to) return;
  }
  for (const element of new Set([...(from?.keys() ?? []), ...(to?.keys() ?? [])])) {
    const left = from?.get(element);
    const right = to?.get(element);
    if (left?.value === right?.value) continue;
    const inner: Comparison = {
      added: new FieldSet(),
      modified: new FieldSet(),
      removed: new FieldSet(),
    };
    diff(left?.value, right?.value, (right ?? left)?.schema, inner);
    for (const key of ['added', 'modified', 'removed'] as const)
      if (!inner[key].empty) into[key].children.set(element, inner[key]);
  }
}

/** Deep equality of JSON; the order of keys does not matter. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => equal(item, b[index]));
  }
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  if (keys.length !== Object.keys(b).filter((key) => b[key] !== undefined).length) return false;
  return keys.every((key) => equal(a[key], b[key]));
}
