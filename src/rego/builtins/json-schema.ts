// json.match_schema and json.verify_schema.
import { fromJson, JsonError } from '../json.ts';
import { isArray, RegoObject } from '../value.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { checkSchema } from './schema/check.ts';
import { Validator } from './schema/validate.ts';
import type { Value } from '../types.ts';

export const jsonSchema: Readonly<Record<string, BuiltinFn>> = {
  'json.match_schema': (_, document = null, schema = null) => match(load(document), load(schema)),
  'json.verify_schema': (_, schema = null) => verify(schema),
};

/** A document, or the JSON text of one. */
function load(value: Value): Value {
  if (value instanceof RegoObject || isArray(value)) return value;
  if (typeof value !== 'string') throw new BuiltinError('wrong type, expected string or object');
  try {
    return fromJson(value);
  } catch (error) {
    if (error instanceof JsonError) throw new BuiltinError('invalid JSON string');
    throw error;
  }
}

function verify(schema: Value): Value {
  try {
    checkSchema(load(schema));
    return [true, null];
  } catch (error) {
    if (error instanceof BuiltinError) return [false, `jsonschema: ${error.message}`];
    throw error;
  }
}

function match(document: Value, schema: Value): Value {
  checkSchema(schema);
  const problems = new Validator(schema).run(document);
  const list = problems.map(({ type, field, description }) =>
    RegoObject.from([
      ['error', `${field}: ${description}`],
      ['type', type],
      ['field', field],
      ['desc', description],
    ]),
  );
  return [list.length === 0, list];
}
