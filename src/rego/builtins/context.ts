// What a builtin is and what it is given.
import type { Value } from '../types.ts';

/** What builtins may ask of the evaluation. Nothing here reaches outside. */
export interface BuiltinContext {
  /** Nanoseconds since the epoch, the same all through one evaluation. */
  readonly now: bigint;
  /** Random numbers in [0, 1), from the seed where one was given. */
  readonly random: () => number;
  /** Kept for one evaluation. */
  readonly cache: Map<string, unknown>;
  readonly trace: ((note: string) => void) | undefined;
}

/** The outcome of a builtin; undefined means that the call is undefined. */
export type BuiltinResult = Value | undefined;
export type BuiltinFn = (context: BuiltinContext, ...operands: Value[]) => BuiltinResult;

export interface Builtin {
  readonly name: string;
  readonly infix?: string;
  readonly args: readonly string[];
  readonly result: string;
  readonly run: BuiltinFn;
  /** The result is an array of answers, each a result of its own. */
  readonly relation?: boolean;
  readonly unavailable?: boolean;
  /** May not be called with the same operands' answer kept. */
  readonly deprecated?: boolean;
}

/** A failure of a builtin: undefined, or the end of the evaluation under strict builtin errors. */
export class BuiltinError extends Error {
  readonly code: string;

  constructor(message: string, code = 'eval_builtin_error') {
    super(message);
    this.name = 'BuiltinError';
    this.code = code;
  }
}

/** An operand of the wrong type; the call's name is put before the message. */
export class OperandError extends BuiltinError {
  constructor(message: string) {
    super(message, 'eval_type_error');
    this.name = 'OperandError';
  }
}
