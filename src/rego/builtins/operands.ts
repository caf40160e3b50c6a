// Reading operands, with OPA's messages when they are of the wrong type.
import { BuiltinError, OperandError } from './context.ts';
import { asInteger, integerValue, isNum, type Num } from '../number.ts';
import { isArray, RegoObject, RegoSet, typeName } from '../value.ts';
import type { Value } from '../types.ts';

/** The operand at a position (from 1) is of the wrong type. */
export function wrongType(position: number, got: Value, ...expected: string[]): OperandError {
  const want = expected.length === 1 ? expected[0] : `one of {${[...expected].sort().join(', ')}}`;
  return new OperandError(`operand ${position} must be ${want} but got ${typeName(got)}`);
}

/** An element of an operand is of the wrong type. */
export function wrongElement(
  position: number,
  collection: Value,
  got: Value,
  ...expected: string[]
): OperandError {
  const kind = typeName(collection);
  const want =
    expected.length === 1 ? `${kind} of ${expected[0]}s` : `${kind} of (any of) {${expected.join(', ')}}`;
  return new OperandError(`operand ${position} must be ${want} but got ${kind} containing ${typeName(got)}`);
}

/** The operand is none of the allowed values. */
export function notOneOf(position: number, ...expected: string[]): OperandError {
  const want = expected.length === 1 ? expected[0] : `one of {${expected.join(', ')}}`;
  return new OperandError(`operand ${position} must be ${want}`);
}

export function stringAt(value: Value, position: number): string {
  if (typeof value !== 'string') throw wrongType(position, value, 'string');
  return value;
}

export function numberAt(value: Value, position: number): Num {
  if (!isNum(value)) throw wrongType(position, value, 'number');
  return value;
}

/** An integer written as one. */
export function bigIntAt(value: Value, position: number): bigint {
  const integer = integerValue(numberAt(value, position));
  if (integer === undefined)
    throw new OperandError(`operand ${position} must be integer number but got floating-point number`);
  return integer;
}

export function intAt(value: Value, position: number): number {
  const integer = asInteger(numberAt(value, position));
  if (integer === undefined || integer > 9223372036854775807n || integer < -9223372036854775808n) {
    throw new OperandError(`operand ${position} must be integer number but got floating-point number`);
  }
  return Number(integer);
}

export function objectAt(value: Value, position: number): RegoObject {
  if (!(value instanceof RegoObject)) throw wrongType(position, value, 'object');
  return value;
}

export function setAt(value: Value, position: number): RegoSet {
  if (!(value instanceof RegoSet)) throw wrongType(position, value, 'set');
  return value;
}

export function arrayAt(value: Value, position: number): readonly Value[] {
  if (!isArray(value)) throw wrongType(position, value, 'array');
  return value;
}

/** The members of an array or, in order, of a set. */
export function membersAt(value: Value, position: number): readonly Value[] {
  if (isArray(value)) return value;
  if (value instanceof RegoSet) return value.sorted();
  throw wrongType(position, value, 'set', 'array');
}

/** Strings of an array or set. */
export function stringsAt(value: Value, position: number): string[] {
  return membersAt(value, position).map((item) => {
    if (typeof item !== 'string') throw wrongElement(position, value, item, 'string');
    return item;
  });
}

export function fail(message: string): never {
  throw new BuiltinError(message);
}
