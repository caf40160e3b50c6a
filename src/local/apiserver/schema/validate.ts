/** Checks a value against a schema and says what is wrong in kube-apiserver's words. */
import type { Cause } from '../api-error.ts';
import type { Json, JsonObject } from '../types.ts';
import { duplicate, invalidValue, notSupported, required, tooLong, tooMany, wrongType } from './causes.ts';
import { hasFormat } from './formats.ts';
import { listKey } from './list-keys.ts';
import { childSchema } from './schema.ts';
import type { Schema } from './schema.ts';
import { isObject } from './unknown.ts';

/** More causes than a person reads are not collected. */
const maxCauses = 50;

/** `value` at `path` (empty for the root) against `schema`; no causes means valid. */
export function validate(value: Json | undefined, schema: Schema, path = ''): Cause[] {
  const causes: Cause[] = [];
  check(value, schema, path, causes);
  return causes;
}

export function typeOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function fits(type: string, found: string): boolean {
  return type === found || (type === 'number' && found === 'integer');
}

function check(value: Json | undefined, schema: Schema, path: string, causes: Cause[]): void {
  if (causes.length >= maxCauses) return;
  const found = typeOf(value);
  if (found === 'null' && schema.nullable === true) return;
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (found !== 'integer' && found !== 'string' && !(schema.format === 'quantity' && found === 'number'))
      causes.push(wrongType(path, 'integer,string', found));
    return;
  }
  if (schema.type !== undefined && !fits(schema.type, found)) {
    causes.push(wrongType(path, schema.type, found));
    return;
  }
  if (schema.enum && !schema.enum.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value)))
    causes.push(notSupported(path, value, schema.enum));
  if (typeof value === 'string') checkText(value, schema, path, causes);
  else if (typeof value === 'number') checkNumber(value, schema, path, causes);
  else if (Array.isArray(value)) checkList(value, schema, path, causes);
  else if (isObject(value)) checkObject(value, schema, path, causes);
  checkCombined(value, schema, path, causes);
}

const patterns = new Map<string, RegExp | undefined>();

function patternOf(source: string): RegExp | undefined {
  if (!patterns.has(source)) {
    let made: RegExp | undefined;
    try {
      made = new RegExp(source, 'u');
    } catch {
      // A pattern that only RE2 understands is not enforced; the definition was taken with it.
    }
    if (patterns.size > 1000) patterns.clear();
    patterns.set(source, made);
  }
  return patterns.get(source);
}

function checkText(value: string, schema: Schema, path: string, causes: Cause[]): void {
  const length =
    schema.minLength !== undefined || schema.maxLength !== undefined ? Array.from(value).length : 0;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    causes.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength)
    causes.push(
      invalidValue(path, value, `${path} in body should be at least ${schema.minLength} chars long`),
    );
  if (schema.pattern !== undefined && patternOf(schema.pattern)?.test(value) === false)
    causes.push(invalidValue(path, value, `${path} in body should match '${schema.pattern}'`));
  if (schema.format !== undefined && !hasFormat(value, schema.format))
    causes.push({
      reason: 'FieldValueTypeInvalid',
      message: `Invalid value: ${JSON.stringify(value)}: ${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`,
      field: path,
    });
}

function checkNumber(value: number, schema: Schema, path: string, causes: Cause[]): void {
  const say = (text: string): void => {
    causes.push(invalidValue(path, value, `${path} in body should be ${text}`));
  };
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (value < minimum || (schema.exclusiveMinimum === true && value === minimum)))
    say(`greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
  if (maximum !== undefined && (value > maximum || (schema.exclusiveMaximum === true && value === maximum)))
    say(`less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) say(`a multiple of ${multipleOf}`);
  if (schema.format === 'int32' && (value < -(2 ** 31) || value > 2 ** 31 - 1))
    causes.push(invalidValue(path, value, `${path} in body must be of type int32: "${value}"`));
}

function checkList(value: Json[], schema: Schema, path: string, causes: Cause[]): void {
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    causes.push(tooMany(path, value.length, schema.maxItems));
  if (schema.minItems !== undefined && value.length < schema.minItems)
    causes.push(
      invalidValue(path, value.length, `${path} in body should have at least ${schema.minItems} items`),
    );
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const key = listKey(item, schema);
    if (key !== undefined && seen.has(key)) causes.push(duplicate(`${path}[${index}]`, keyValue(key)));
    if (key !== undefined) seen.add(key);
    if (schema.items) check(item, schema.items, `${path}[${index}]`, causes);
  });
}

const keyValue = (key: string): Json => JSON.parse(key.slice(2)) as Json;

function checkObject(value: JsonObject, schema: Schema, path: string, causes: Cause[]): void {
  for (const field of schema.required ?? []) {
    if (value[field] === undefined) causes.push(required(path === '' ? field : `${path}.${field}`));
  }
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties)
    causes.push(tooMany(path, count, schema.maxProperties));
  if (schema.minProperties !== undefined && count < schema.minProperties)
    causes.push(
      invalidValue(path, count, `${path} in body should have at least ${schema.minProperties} properties`),
    );
  for (const [field, inner] of Object.entries(value)) {
    const child = childSchema(schema, field);
    if (child) check(inner, child, path === '' ? field : `${path}.${field}`, causes);
  }
}

function checkCombined(value: Json | undefined, schema: Schema, path: string, causes: Cause[]): void {
  for (const part of schema.allOf ?? []) check(value, part, path, causes);
  const matches = (part: Schema): boolean => validate(value, part, path).length === 0;
  if (schema.anyOf && !schema.anyOf.some(matches))
    causes.push(invalidValue(path, value, `${path} in body must validate at least one schema (anyOf)`));
  if (schema.oneOf && schema.oneOf.filter(matches).length !== 1)
    causes.push(invalidValue(path, value, `${path} in body must validate one and only one schema (oneOf)`));
  if (schema.not && matches(schema.not))
    causes.push(invalidValue(path, value, `${path} in body must not validate the schema (not)`));
}
