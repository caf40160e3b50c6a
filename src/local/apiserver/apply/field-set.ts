/**
 * Sets of field paths, as `fieldsV1` of managed fields writes them: a tree whose edges are path elements
 * (`f:spec`, `k:{"name":"a"}`, `v:"x"`), where a node may itself be a member (`.`) or only lead to members.
 */
import type { JsonObject } from '../types.ts';

export class FieldSet {
  member = false;
  readonly children = new Map<string, FieldSet>();

  /** The node for `element`, made when it is not there. */
  child(element: string): FieldSet {
    const found = this.children.get(element);
    if (found) return found;
    const made = new FieldSet();
    this.children.set(element, made);
    return made;
  }

  get empty(): boolean {
    return !this.member && this.children.size === 0;
  }
}

/** Adds every member of `from` to `to`. */
export function addAll(to: FieldSet, from: FieldSet): void {
  if (from.member) to.member = true;
  for (const [element, child] of from.children) addAll(to.child(element), child);
}

export function union(...sets: readonly FieldSet[]): FieldSet {
  const result = new FieldSet();
  for (const set of sets) addAll(result, set);
  return result;
}

/** Members of `from` that `minus` does not have. */
export function difference(from: FieldSet, minus: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = from.member && !minus.member;
  for (const [element, child] of from.children) {
    const other = minus.children.get(element);
    const left = other ? difference(child, other) : child;
    if (!left.empty) result.children.set(element, left);
  }
  return result;
}

/** As `difference`, but a member of `minus` takes everything below it along. */
export function withoutSubtrees(from: FieldSet, minus: FieldSet): FieldSet {
  const result = new FieldSet();
  if (minus.member) return result;
  result.member = from.member;
  for (const [element, child] of from.children) {
    const other = minus.children.get(element);
    const left = other ? withoutSubtrees(child, other) : child;
    if (!left.empty) result.children.set(element, left);
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = a.member && b.member;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (!other) continue;
    const both = intersection(child, other);
    if (!both.empty) result.children.set(element, both);
  }
  return result;
}

/** Every member below the root as its path of elements, near ones first. */
export function* members(set: FieldSet, path: readonly string[] = []): Generator<readonly string[]> {
  for (const [element, child] of set.children) if (child.member) yield [...path, element];
  for (const [element, child] of set.children) yield* members(child, [...path, element]);
}

/** `.spec.containers[name="a"].image`, as conflicts name a path. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  try {
    const key = JSON.parse(rest) as JsonObject;
    const parts = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return `[${parts.join(',')}]`;
  } catch {
    return `[${rest}]`;
  }
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  if (set.member && set.children.size > 0) result['.'] = {};
  for (const [element, child] of [...set.children].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    result[element] = toFieldsV1(child);
  return result;
}

/** Reads `fieldsV1`; elements of a form we do not know are kept as they are. */
export function fromFieldsV1(fields: JsonObject | undefined): FieldSet {
  const result = new FieldSet();
  for (const [element, inner] of Object.entries(fields ?? {})) {
    if (element === '.') {
      result.member = true;
      continue;
    }
    const child = fromFieldsV1(
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : undefined,
    );
    // A leaf is written without its dot.
    if (child.empty) child.member = true;
    result.children.set(element, child);
  }
  return result;
}
