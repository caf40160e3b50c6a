// Whether a JSON Schema is one: the keywords have values of their types.
import { RE2JS } from 're2js';
import { isNum, toDouble } from '../../number.ts';
import { isArray, RegoObject } from '../../value.ts';
import { BuiltinError } from '../context.ts';
import type { Value } from '../../types.ts';

export const TYPES = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];
const ONE = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
];
const MANY = ['allOf', 'anyOf', 'oneOf'];
const MAPS = ['properties', 'patternProperties', 'definitions', '$defs'];
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];

function bad(message: string): never {
  throw new BuiltinError(message);
}

/** Throws BuiltinError with what is wrong. */
export function checkSchema(schema: Value): void {
  if (typeof schema === 'boolean') return;
  if (!(schema instanceof RegoObject)) return bad('schema is invalid: expected an object or a boolean');
  checkType(schema.get('type'));
  for (const key of COUNTS) checkCount(key, schema.get(key));
  checkPattern(schema.get('pattern'));
  for (const key of ONE) checkOne(key, schema.get(key));
  for (const key of MANY) checkMany(key, schema.get(key));
  for (const key of MAPS) checkMap(key, schema.get(key));
  checkItems(schema.get('items'));
  checkRequired(schema.get('required'));
  const ref = schema.get('$ref');
  if (typeof ref === 'string' && !ref.startsWith('#'))
    bad(`reference ${ref} is remote, and nothing is fetched here`);
}

function checkType(type: Value | undefined): void {
  const names = type === undefined ? [] : isArray(type) ? type : [type];
  for (const name of names) {
    if (typeof name !== 'string') bad('Invalid type. Expected: string/array of strings, given: type');
    else if (!TYPES.includes(name))
      bad(
        `has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:[${TYPES.join(' ')}]`,
      );
  }
}

function checkCount(key: string, count: Value | undefined): void {
  if (count === undefined) return;
  if (!isNum(count) || !Number.isInteger(toDouble(count)))
    bad(`Invalid type. Expected: integer, given: ${key}`);
  if (isNum(count) && toDouble(count) < 0) bad(`${key} must be greater than or equal to 0`);
}

function checkPattern(pattern: Value | undefined): void {
  if (pattern === undefined) return;
  if (typeof pattern !== 'string') return bad('Invalid type. Expected: string, given: pattern');
  try {
    RE2JS.compile(pattern);
  } catch {
    bad(`Invalid regex pattern '${pattern}'`);
  }
}

function checkOne(key: string, value: Value | undefined): void {
  if (value === undefined) return;
  if (typeof value !== 'boolean' && !(value instanceof RegoObject))
    bad(`Invalid type. Expected: valid schema, given: ${key}`);
  checkSchema(value);
}

function checkMany(key: string, value: Value | undefined): void {
  if (value === undefined) return;
  if (!isArray(value)) return bad(`Invalid type. Expected: array, given: ${key}`);
  for (const item of value) checkSchema(item);
}

function checkMap(key: string, value: Value | undefined): void {
  if (value === undefined) return;
  if (!(value instanceof RegoObject)) return bad(`Invalid type. Expected: object, given: ${key}`);
  for (const [, item] of value.entries()) checkSchema(item);
}

function checkItems(value: Value | undefined): void {
  if (value === undefined) return;
  if (isArray(value)) for (const item of value) checkSchema(item);
  else checkOne('items', value);
}

function checkRequired(value: Value | undefined): void {
  if (value === undefined || typeof value === 'boolean') return;
  if (!isArray(value) || !value.every((item) => typeof item === 'string'))
    bad('Invalid type. Expected: array of strings, given: required');
}
