// json.filter, json.remove and json.patch.
import { isArray, RegoObject, RegoSet, typeName } from '../value.ts';
import { OperandError, type BuiltinFn } from './context.ts';
import { arrayAt, objectAt } from './operands.ts';
import { applyPatch } from './json-patch.ts';
import { pointerParts } from './json-pointer.ts';
import type { Value } from '../types.ts';

export const jsonPaths: Readonly<Record<string, BuiltinFn>> = {
  'json.filter': (_, object = null, paths = null) => filter(objectAt(object, 1), pathTree(paths)),
  'json.remove': (_, object = null, paths = null) =>
    remove(objectAt(object, 1), pathTree(paths)) ?? new RegoObject(),
  'json.patch': (_, document = null, patch = null) => applyPatch(document, arrayAt(patch, 2)),
};

/** Paths as a tree of objects; null is the end of a path. */
function pathTree(paths: Value): RegoObject {
  if (!isArray(paths) && !(paths instanceof RegoSet)) {
    throw new OperandError(`operand 2 must be one of {set, array} but got ${typeName(paths)}`);
  }
  const root = new RegoObject();
  for (const path of isArray(paths) ? paths : paths.sorted()) insert(root, splitPath(path));
  return root;
}

/** `a/b~1c` or an array of parts. */
function splitPath(path: Value): readonly Value[] {
  if (isArray(path)) return path;
  if (typeof path !== 'string') {
    throw new OperandError(
      `operand 2 must be one of {set, array} containing string paths or array of path segments but got ${typeName(path)}`,
    );
  }
  return pointerParts(path);
}

function insert(root: RegoObject, path: readonly Value[]): void {
  let node = root;
  for (const key of path.slice(0, -1)) {
    const child = node.get(key);
    if (child === null) return;
    if (child instanceof RegoObject) {
      node = child;
      continue;
    }
    const made = new RegoObject();
    node.set(key, made);
    node = made;
  }
  const last = path.at(-1);
  if (last !== undefined) node.set(last, null);
}

function filter(value: Value, tree: Value): Value {
  if (!(tree instanceof RegoObject)) return value;
  if (value instanceof RegoObject) {
    const kept = new RegoObject();
    for (const [key, item] of value.entries()) {
      const below = tree.get(key);
      if (below !== undefined) kept.set(key, filter(item, below));
    }
    return kept;
  }
  if (isArray(value)) {
    return value.flatMap((item, index) => {
      const below = tree.get(String(index));
      return below === undefined ? [] : [filter(item, below)];
    });
  }
  if (!(value instanceof RegoSet)) return value;
  const kept = new RegoSet();
  for (const item of value.sorted()) {
    const below = tree.get(item);
    if (below !== undefined) kept.add(filter(item, below));
  }
  return kept;
}

/** What is left; undefined when nothing is. */
function remove(value: Value, tree: Value | undefined): Value | undefined {
  if (tree === undefined) return value;
  if (!(tree instanceof RegoObject)) return undefined;
  if (value instanceof RegoObject) {
    const kept = new RegoObject();
    for (const [key, item] of value.entries()) {
      const left = remove(item, tree.get(key));
      if (left !== undefined) kept.set(key, left);
    }
    return kept;
  }
  if (isArray(value)) {
    return value.flatMap((item, index) => {
      const left = remove(item, tree.get(String(index)));
      return left === undefined ? [] : [left];
    });
  }
  if (!(value instanceof RegoSet)) return value;
  const kept = new RegoSet();
  for (const item of value.sorted()) {
    const left = remove(item, tree.get(item));
    if (left !== undefined) kept.add(left);
  }
  return kept;
}
