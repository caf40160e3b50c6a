/** How judging fails: a policy that could not be evaluated is never a verdict (spec.md §7). */
import { ScanLinkError } from '../lib/errors.ts';
import type { RegoErrorEntry, RegoErrors } from '../rego/index.ts';

export type PolicyFailureCode =
  | 'PolicyCompileError'
  | 'PolicyTimeout'
  | 'PolicyMemoryExceeded'
  | 'PolicyBuiltinError'
  | 'PolicyPackageUnknown'
  | 'PolicyRuleMissing'
  | 'PolicyResultInvalid'
  /** An OPA beside us that cannot be asked. */
  | 'PolicyEngineUnavailable'
  | 'Internal';

/** Crosses the border between processes, where errors do not. */
export interface PolicyFailure {
  code: PolicyFailureCode;
  message: string;
  line?: number;
  column?: number;
}

/** Thrown within the worker; never leaves the room. */
export class PolicyProblem extends Error {
  readonly failure: PolicyFailure;

  constructor(failure: PolicyFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A changed policy wakes whoever waits for it; a defect of ours may go away. */
export function errorOf({ code, message, line, column }: PolicyFailure): ScanLinkError {
  const where = line === undefined ? undefined : { line, column };
  const passing = code === 'Internal' || code === 'PolicyEngineUnavailable';
  return new ScanLinkError(message, { code, retry: passing ? 'retryable' : 'waiting', where });
}

/** Errors of compiling, the first of them in full. */
export function compileFailure(name: string, { errors }: Pick<RegoErrors, 'errors'>): PolicyFailure {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const source = first?.text.trim().slice(0, 200) ?? '';
  const quoted = source === '' ? '' : `, in \`${source}\``;
  const message = `policy ${name} does not compile: ${describe(first)}${quoted}${more}`;
  return { code: 'PolicyCompileError', message, ...placeOf(first) };
}

export function timeFailure(name: string, timeMs: number): PolicyFailure {
  return { code: 'PolicyTimeout', message: `policy ${name} took longer than ${timeMs} ms` };
}

export function memoryFailure(bytes: number, name = ''): PolicyFailure {
  return {
    code: 'PolicyMemoryExceeded',
    message: `policy ${name} needed more than ${Math.round(bytes / (1024 * 1024))} MiB of memory`,
  };
}

/** Errors of evaluating. */
export function evaluationFailure(
  name: string,
  { errors }: Pick<RegoErrors, 'errors'>,
  timeMs: number,
): PolicyFailure {
  const [first] = errors;
  if (first?.code === 'eval_cancel_error') return { ...timeFailure(name, timeMs), ...placeOf(first) };
  return {
    code: codeOf(first?.code ?? ''),
    message: `policy ${name} failed: ${describe(first)}`,
    ...placeOf(first),
  };
}

function codeOf(code: string): PolicyFailureCode {
  if (code === 'eval_builtin_error' || code === 'eval_type_error') return 'PolicyBuiltinError';
  return 'PolicyResultInvalid'; // two values for one rule, two results of one function
}

function describe(error: RegoErrorEntry | undefined): string {
  if (!error) return 'unknown error';
  const place = error.row > 0 ? `line ${error.row}, column ${error.col}: ` : '';
  return `${place}${error.code}: ${error.message.slice(0, 1000)}`;
}

function placeOf(error: RegoErrorEntry | undefined): { line?: number; column?: number } {
  return error && error.row > 0 ? { line: error.row, column: error.col } : {};
}

/**
 * Errors of the machine within an evaluation. Node says them by their texts alone.
 * A text, an array or a table larger than it can be, and a stack that is full, all come from a policy that wants too
 * much of memory.
 */
export function machineFailure(name: string, error: unknown): PolicyFailure {
  if (error instanceof RangeError) {
    return {
      code: 'PolicyMemoryExceeded',
      message: `policy ${name} needs more memory than allowed: ${error.message}`,
    };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'Internal',
    message: `policy ${name} could not be evaluated, by a defect of this program: ${what}`,
  };
}
