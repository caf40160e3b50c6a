// Base64, hex, JSON, YAML and URL query encodings.
import { parseAllDocuments, parseDocument, stringify } from 'yaml';
import { fromJs, fromJson, JsonError, keyText, toJson } from '../json.ts';
import { BigNum, isNum } from '../number.ts';
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { base64Decode, base64Encode, decodeUtf8, encodeUtf8, hexDecode, hexEncode } from './bytes.ts';
import { marshalPretty } from './json-pretty.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, objectAt, stringAt } from './operands.ts';
import type { Value } from '../types.ts';

export const encoding: Readonly<Record<string, BuiltinFn>> = {
  'base64.encode': (_, text = null) => base64Encode(encodeUtf8(stringAt(text, 1)), 'standard'),
  'base64.decode': (_, text = null) => decodeUtf8(base64Decode(stringAt(text, 1), 'standard')),
  'base64.is_valid': (_, text = null) => succeeds(() => base64Decode(stringAt(text, 1), 'standard')),
  'base64url.encode': (_, text = null) => base64Encode(encodeUtf8(stringAt(text, 1)), 'url'),
  'base64url.encode_no_pad': (_, text = null) =>
    base64Encode(encodeUtf8(stringAt(text, 1)), 'url').replace(/=+$/, ''),
  'base64url.decode': (_, text = null) => decodeUtf8(base64Decode(stringAt(text, 1), 'url')),
  'hex.encode': (_, text = null) => hexEncode(encodeUtf8(stringAt(text, 1))),
  'hex.decode': (_, text = null) => decodeUtf8(hexDecode(stringAt(text, 1))),
  'json.marshal': (_, value = null) => toJson(value),
  'json.marshal_with_options': (_, value = null, options = null) =>
    marshalPretty(value, objectAt(options, 2)),
  'json.unmarshal': (_, text = null) => readJson(stringAt(text, 1)),
  'json.is_valid': (_, text = null) => typeof text === 'string' && succeeds(() => readJson(text)),
  'yaml.marshal': (_, value = null) =>
    stringify(plainYaml(value), { lineWidth: 0, aliasDuplicateObjects: false }),
  'yaml.unmarshal': (_, text = null) => readYaml(stringAt(text, 1)),
  'yaml.is_valid': (_, text = null) => typeof text === 'string' && succeeds(() => readYaml(text)),
};

function succeeds(step: () => unknown): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

function readJson(text: string): Value {
  try {
    return fromJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new BuiltinError(error.message);
    throw error;
  }
}

/** Bounds how far aliases may blow a document up. */
const MAX_ALIASES = 100;

function readYaml(text: string): Value {
  const documents = parseAllDocuments(text, { version: '1.2', merge: true });
  const document = isArray(documents) ? documents[0] : undefined;
  const first = document ?? parseDocument(text);
  const [error] = Array.isArray(documents) ? documents.flatMap((item) => item.errors) : first.errors;
  if (error !== undefined)
    return fail(
      `yaml: line ${error.linePos?.[0]?.line ?? 1}: did not find expected node content: ${error.message.split('\n')[0] ?? ''}`,
    );
  try {
    return fromJs(stringKeys(first.toJS({ maxAliasCount: MAX_ALIASES })));
  } catch (cause) {
    return fail(`yaml: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Objects with only JSON in them: dates become text. */
function stringKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringKeys);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringKeys(item)]));
}

function plainYaml(value: Value): unknown {
  if (value instanceof BigNum) return Number(value.text);
  if (isNum(value)) return value;
  if (isArray(value)) return value.map(plainYaml);
  if (value instanceof RegoSet) return value.sorted().map(plainYaml);
  if (!(value instanceof RegoObject)) return value;
  const members = [...value.entries()].map(([key, item]): [string, unknown] => [
    keyText(key),
    plainYaml(item),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
