// URL query encoding, and URLs taken apart.
import { RegoObject, RegoSet, isArray } from '../value.ts';
import { encodeUtf8 } from './bytes.ts';
import { unescape } from './percent.ts';
import { parseUri } from './uri.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, objectAt, stringAt } from './operands.ts';
import type { Value } from '../types.ts';

export const urls: Readonly<Record<string, BuiltinFn>> = {
  'urlquery.encode': (_, text = null) => escape(stringAt(text, 1)),
  'urlquery.decode': (_, text = null) => unescape(stringAt(text, 1)),
  'urlquery.encode_object': (_, object = null) => encodeObject(objectAt(object, 1)),
  'urlquery.decode_object': (_, text = null) => decodeObject(stringAt(text, 1)),
  'uri.parse': (_, text = null) => parseUri(stringAt(text, 1)),
  'uri.is_valid': (_, text = null) => typeof text === 'string' && text !== '' && isUri(text),
};

function isUri(text: string): boolean {
  try {
    parseUri(text);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

function escape(text: string): string {
  let result = '';
  for (const byte of encodeUtf8(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(char)) result += char;
    else result += char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

function encodeObject(object: RegoObject): string {
  const pairs: string[] = [];
  for (const [key, value] of object.entries()) {
    const name = escape(stringAt(key, 1));
    for (const item of itemsOf(value)) pairs.push(`${name}=${escape(item)}`);
  }
  return pairs.join('&');
}

function itemsOf(value: Value): string[] {
  if (typeof value === 'string') return [value];
  if (isArray(value)) return value.map((item) => stringAt(item, 1));
  if (value instanceof RegoSet) return value.sorted().map((item) => stringAt(item, 1));
  throw new BuiltinError('operand 1 values must be string, array[string], or set[string]', 'eval_type_error');
}

function decodeObject(query: string): RegoObject {
  const found = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    if (pair.includes(';')) fail('invalid semicolon separator in query');
    const at = pair.indexOf('=');
    const key = unescape(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : unescape(pair.slice(at + 1));
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return RegoObject.from([...found]);
}
