/** JSON patch (RFC 6902), with pointers (RFC 6901). */
import { ApiError, badRequest } from '../api-error.ts';
import { equal } from '../apply/compare.ts';
import type { Json, JsonObject } from '../types.ts';
import { isObject } from '../schema/unknown.ts';
import { setField } from './merge-patch.ts';

const maxOperations = 10_000;
/** Copying doubles; what all copies together add is bounded, in characters of JSON. */
const maxCopied = 3 << 20;

interface Operation {
  readonly op: string;
  readonly path: string[];
  readonly from?: string[];
  readonly value?: Json;
}

function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')))
    throw badRequest(`invalid JSON Patch: ${JSON.stringify(text)} is no JSON pointer`);
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parse(patch: Json): Operation[] {
  if (!Array.isArray(patch)) throw badRequest('invalid JSON Patch: a list of operations is wanted');
  if (patch.length > maxOperations)
    throw badRequest(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  return patch.map((step) => {
    if (!isObject(step) || typeof step['op'] !== 'string')
      throw badRequest('invalid JSON Patch: every operation is an object with op and path');
    const { op, value } = step;
    if ((op === 'add' || op === 'replace') && value === undefined)
      throw badRequest(`invalid JSON Patch: ${op} ${JSON.stringify(step['path'])} has no value`);
    return {
      op,
      path: pointer(step['path']),
      ...((op === 'move' || op === 'copy') && { from: pointer(step['from']) }),
      value,
    };
  });
}

function failed(text: string): ApiError {
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `the server rejected our request due to an error in our request: ${text}`,
  });
}

/**
 * `patch` applied to a copy of `target`.
 * @throws ApiError 400 for what is no patch, 422 for one that does not fit the target (a failed `test` among them)
 */
export function jsonPatch(target: Json, patch: Json): Json {
  const operations = parse(patch);
  const root: { value: Json } = { value: structuredClone(target) };
  let copied = 0;
  for (const step of operations) {
    switch (step.op) {
      case 'add':
        add(root, step.path, structuredClone(step.value ?? null));
        break;
      case 'replace':
        remove(root, step.path, 'replace');
        add(root, step.path, structuredClone(step.value ?? null));
        break;
      case 'remove':
        remove(root, step.path, 'remove');
        break;
      case 'move':
        add(root, step.path, remove(root, step.from ?? [], 'move'));
        break;
      case 'copy': {
        const value = structuredClone(find(root.value, step.from ?? []));
        copied += JSON.stringify(value).length;
        if (copied > maxCopied) throw failed('the copies of a JSON patch are too large');
        add(root, step.path, value);
        break;
      }
      case 'test':
        if (!equal(find(root.value, step.path, true), step.value ?? null))
          throw failed(`testing value /${step.path.join('/')} failed`);
        break;
      default:
        throw failed(`unknown operation ${JSON.stringify(step.op)}`);
    }
  }
  return root.value;
}

function index(list: readonly Json[], part: string, end: number): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(part) || Number(part) > end)
    throw failed(`invalid array index ${JSON.stringify(part)} for a list of ${list.length}`);
  return Number(part);
}

function find(value: Json, path: readonly string[], absentIsNull = false): Json {
  let at = value;
  for (const part of path) {
    let next: Json | undefined;
    if (Array.isArray(at)) next = at[index(at, part, at.length - 1)];
    else if (isObject(at) && Object.hasOwn(at, part)) next = at[part];
    if (next === undefined) {
      if (absentIsNull) return null;
      throw failed(`the path /${path.join('/')} does not exist`);
    }
    at = next;
  }
  return at;
}

function holder(root: { value: Json }, path: readonly string[]): Json[] | JsonObject {
  const parent = find(root.value, path.slice(0, -1));
  if (Array.isArray(parent) || isObject(parent)) return parent;
  throw failed(`the path /${path.join('/')} goes through a value that holds nothing`);
}

function add(root: { value: Json }, path: readonly string[], value: Json): void {
  const last = path.at(-1);
  if (last === undefined) {
    root.value = value;
    return;
  }
  const parent = holder(root, path);
  if (Array.isArray(parent))
    parent.splice(last === '-' ? parent.length : index(parent, last, parent.length), 0, value);
  else setField(parent, last, value);
}

function remove(root: { value: Json }, path: readonly string[], op: string): Json {
  const value = find(root.value, path);
  const last = path.at(-1);
  if (last === undefined) {
    if (op === 'replace') return value;
    throw failed(`${op} cannot take the whole document`);
  }
  const parent = holder(root, path);
  if (Array.isArray(parent)) parent.splice(index(parent, last, parent.length - 1), 1);
  else delete parent[last];
  return value;
}
