// JSON Patch (RFC 6902), with sets, whose members are their own keys, and paths that may be arrays.
import { equal, isArray, RegoObject, RegoSet } from '../value.ts';
import { fail } from './operands.ts';
import { OperandError } from './context.ts';
import { keyText } from '../json.ts';
import { pointerParts } from './json-pointer.ts';
import type { Value } from '../types.ts';

type Path = readonly Value[];

export function applyPatch(document: Value, patch: readonly Value[]): Value {
  return patch.reduce<Value>((current, operation) => {
    if (!(operation instanceof RegoObject)) throw new OperandError('operand 2 must be array of objects');
    return apply(current, operation);
  }, document);
}

function apply(document: Value, operation: RegoObject): Value {
  const op = operation.get('op');
  const path = pathOf(operation, 'path');
  switch (op) {
    case 'add':
      return add(document, path, valueOf(operation));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return path.length === 0 ? valueOf(operation) : add(remove(document, path), path, valueOf(operation));
    case 'move': {
      const from = pathOf(operation, 'from');
      return add(remove(document, from), path, get(document, from));
    }
    case 'copy':
      return add(document, path, get(document, pathOf(operation, 'from')));
    case 'test':
      return equal(get(document, path), valueOf(operation))
        ? document
        : fail('value from EditTree != patch value');
    default:
      throw new OperandError('operand 2 must be one of {add, remove, replace, move, copy, test}');
  }
}

function pathOf(operation: RegoObject, name: string): Path {
  const path = operation.get(name);
  if (isArray(path)) return path;
  if (typeof path !== 'string') return fail(`missing '${name}' attribute`);
  return path === '' ? [] : pointerParts(path);
}

function valueOf(operation: RegoObject): Value {
  const value = operation.get('value');
  return value === undefined ? fail("missing 'value' attribute") : value;
}

function indexOf(key: Value, length: number): number {
  const index =
    typeof key === 'number'
      ? key
      : typeof key === 'string' && /^(?:0|[1-9]\d*)$/.test(key)
        ? Number(key)
        : -1;
  if (!Number.isInteger(index) || index < 0 || index >= length) fail(`index out of bounds: ${keyText(key)}`);
  return index;
}

function child(value: Value, key: Value): Value {
  if (value instanceof RegoObject || value instanceof RegoSet) {
    const found = value instanceof RegoObject ? value.get(key) : value.find(key);
    return found === undefined ? fail(`path ${keyText(key)} does not exist`) : found;
  }
  if (isArray(value)) return value[indexOf(key, value.length)] ?? null;
  return fail(`path ${keyText(key)} does not exist`);
}

function get(value: Value, path: Path): Value {
  return path.reduce<Value>(child, value);
}

/** The same document with a child replaced. */
function withChild(value: Value, key: Value, changed: Value): Value {
  if (value instanceof RegoObject) {
    const copy = value.copy();
    copy.set(key, changed);
    return copy;
  }
  if (value instanceof RegoSet)
    return RegoSet.from([...[...value.values()].filter((item) => !equal(item, key)), changed]);
  if (isArray(value)) return value.with(indexOf(key, value.length), changed);
  return value;
}

function add(value: Value, path: Path, added: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return added;
  if (rest.length > 0) return withChild(value, key, add(child(value, key), rest, added));
  if (value instanceof RegoObject) return withChild(value, key, added);
  if (value instanceof RegoSet) {
    if (!equal(key, added)) fail('set key and value differ');
    return RegoSet.from([...value.values(), added]);
  }
  if (!isArray(value)) return fail('cannot add to a scalar');
  const index = key === '-' ? value.length : indexOf(key, value.length + 1);
  return value.toSpliced(index, 0, added);
}

function remove(value: Value, path: Path): Value {
  const [key, ...rest] = path;
  if (key === undefined) return fail('cannot remove the root');
  const known = child(value, key);
  if (rest.length > 0) return withChild(value, key, remove(known, rest));
  if (value instanceof RegoObject)
    return RegoObject.from([...value.entries()].filter(([name]) => !equal(name, key)));
  if (value instanceof RegoSet) return RegoSet.from([...value.values()].filter((item) => !equal(item, key)));
  return isArray(value) ? value.toSpliced(indexOf(key, value.length), 1) : value;
}
