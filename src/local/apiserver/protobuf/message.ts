/** Built-in types from protobuf to the JSON they mean, by the field numbers of the builtin table. */
import { badRequest } from '../api-error.ts';
import { wireFields } from '../schema/builtin.ts';
import type { WireField } from '../schema/builtin.ts';
import type { Json, JsonObject } from '../types.ts';
import { wireEntries } from './wire.ts';
import type { WireValue } from './wire.ts';

const maxDepth = 40;

const bytesOf = (value: WireValue): Uint8Array => {
  if (typeof value === 'bigint')
    throw badRequest('the protobuf body holds a number where a message is wanted');
  return value;
};
const textOf = (value: WireValue): string => Buffer.from(bytesOf(value)).toString('utf8');
const numberOf = (value: WireValue | undefined): number =>
  typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;

/** The fields of a message by number; of a repeated one the last. */
const flat = (bytes: Uint8Array): Map<number, WireValue> => new Map(wireEntries(bytes));

function timeOf(bytes: Uint8Array, micro: boolean): Json {
  const fields = flat(bytes);
  if (fields.size === 0) return null;
  const seconds = numberOf(fields.get(1));
  // Go's zero time is how clients spell "not set".
  if (seconds <= -62_135_596_800) return null;
  if (Math.abs(seconds) > 253_402_300_799) throw badRequest('the protobuf body holds a time out of range');
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (!micro) return `${base}Z`;
  return `${base}.${String(Math.floor(numberOf(fields.get(2)) / 1000)).padStart(6, '0')}Z`;
}

function intOrString(bytes: Uint8Array): Json {
  const fields = flat(bytes);
  if (numberOf(fields.get(1)) === 0) return Number(BigInt.asIntN(32, BigInt(numberOf(fields.get(2)))));
  const text = fields.get(3);
  return text === undefined ? '' : textOf(text);
}

/** JSON inside protobuf: FieldsV1 and RawExtension carry it as bytes. */
function rawJson(bytes: Uint8Array): Json {
  const raw = flat(bytes).get(1);
  if (raw === undefined) return {};
  try {
    return JSON.parse(textOf(raw)) as Json;
  } catch {
    throw badRequest('the protobuf body holds damaged JSON');
  }
}

function scalar(type: string, value: WireValue, depth: number): Json {
  switch (type) {
    case 'string':
      return textOf(value);
    case 'bool':
      return numberOf(value) !== 0;
    case 'int32':
    case 'int64':
      return numberOf(value);
    case 'double':
      return Buffer.from(bytesOf(value)).readDoubleLE(0);
    case 'bytes':
      return Buffer.from(bytesOf(value)).toString('base64');
    case 'quantity': {
      const text = flat(bytesOf(value)).get(1);
      return text === undefined ? '0' : textOf(text);
    }
    case 'intstr':
      return intOrString(bytesOf(value));
    case 'time':
      return timeOf(bytesOf(value), false);
    case 'microtime':
      return timeOf(bytesOf(value), true);
    case 'duration':
      return `${numberOf(flat(bytesOf(value)).get(1)) / 1e9}s`;
    case 'fields':
    case 'raw':
      return rawJson(bytesOf(value));
    default:
      return decodeMessage(type, bytesOf(value), depth + 1);
  }
}

function mapEntry(type: string, value: WireValue, into: JsonObject, depth: number): void {
  const fields = flat(bytesOf(value));
  const key = fields.get(1);
  const inner = fields.get(2) ?? (['int32', 'int64', 'bool'].includes(type) ? 0n : new Uint8Array());
  const name = key === undefined ? '' : textOf(key);
  Object.defineProperty(into, name, {
    value: scalar(type, inner, depth),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** One message of a built-in type (`core.Pod`). @throws ApiError 400 for damage, 415 for no such type */
export function decodeMessage(type: string, bytes: Uint8Array, depth = 0): JsonObject {
  if (depth > maxDepth) throw badRequest('the protobuf body is nested too deep');
  const fields = wireFields(type);
  if (!fields) throw badRequest(`protobuf bodies of ${type} are not understood; send JSON`);
  const result: JsonObject = {};
  for (const [number, value] of wireEntries(bytes)) {
    const field = fields.get(number);
    if (field) assign(result, field, value, depth);
  }
  return result;
}

function assign(result: JsonObject, field: WireField, value: WireValue, depth: number): void {
  const { name, type } = field;
  if (field.inline) {
    Object.assign(result, decodeMessage(type, bytesOf(value), depth + 1));
    return;
  }
  if (type.startsWith('[]')) {
    const list = result[name];
    const item = scalar(type.slice(2), value, depth);
    if (Array.isArray(list)) list.push(item);
    else result[name] = [item];
    return;
  }
  if (type.startsWith('{}')) {
    const map = result[name];
    const target = typeof map === 'object' && map !== null && !Array.isArray(map) ? map : {};
    mapEntry(type.slice(2), value, target, depth);
    result[name] = target;
    return;
  }
  const decoded = scalar(type, value, depth);
  const zero = decoded === null || decoded === '' || decoded === 0 || decoded === false;
  if (!zero || (field.zeroCounts && decoded !== null)) result[name] = decoded;
}
