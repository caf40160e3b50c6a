// Types and conversions between them.
import { BuiltinError, OperandError, type BuiltinFn } from './context.ts';
import { isNum, parseNumber } from '../number.ts';
import { isArray, RegoObject, RegoSet, typeName } from '../value.ts';
import { wrongType } from './operands.ts';
import type { Value } from '../types.ts';

export const types: Readonly<Record<string, BuiltinFn>> = {
  is_array: (_, value = null) => isArray(value),
  is_boolean: (_, value = null) => typeof value === 'boolean',
  is_null: (_, value) => value === null,
  is_number: (_, value = null) => isNum(value),
  is_object: (_, value = null) => value instanceof RegoObject,
  is_set: (_, value = null) => value instanceof RegoSet,
  is_string: (_, value = null) => typeof value === 'string',
  type_name: (_, value = null) => typeName(value),
  to_number: (_, value = null) => toNumber(value),
  cast_array: (_, value = null) => {
    if (isArray(value)) return value;
    if (value instanceof RegoSet) return [...value.sorted()];
    throw wrongType(1, value, 'array', 'set');
  },
  cast_set: (_, value = null) => {
    if (isArray(value)) return RegoSet.from(value);
    if (value instanceof RegoSet) return value;
    throw wrongType(1, value, 'array', 'set');
  },
  cast_string: (_, value = null) => expect(value, typeof value === 'string', 'string'),
  cast_boolean: (_, value = null) => expect(value, typeof value === 'boolean', 'boolean'),
  cast_null: (_, value = null) => expect(value, value === null, 'null'),
  cast_object: (_, value = null) => expect(value, value instanceof RegoObject, 'object'),
};

function expect(value: Value, holds: boolean, type: string): Value {
  if (!holds) throw wrongType(1, value, type);
  return value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function toNumber(value: Value): Value {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isNum(value)) return value;
  if (typeof value !== 'string') throw wrongType(1, value, 'null', 'boolean', 'number', 'string');
  if (/^[+-]?(?:inf|infinity|nan)$/i.test(value)) throw new OperandError('operand 1 must be valid number');
  if (!DECIMAL.test(value))
    throw new BuiltinError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return parseNumber(value);
}
