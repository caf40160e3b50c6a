// Errors of the engine: a list, as OPA reports them, in one throwable.
import type { RegoErrorEntry } from './types.ts';

/**
 * Thrown by compile, query and evaluate. `errors` is never empty; the message joins them the way OPA prints
 * them: one line when there is one, a counted list otherwise.
 */
export class RegoErrors extends Error {
  readonly errors: readonly RegoErrorEntry[];

  constructor(errors: readonly RegoErrorEntry[], options?: ErrorOptions) {
    super(describe(errors), options);
    this.name = 'RegoErrors';
    this.errors = errors;
  }
}

function describe(errors: readonly RegoErrorEntry[]): string {
  const lines = errors.map(formatError);
  return lines.length === 1
    ? `1 error occurred: ${lines[0]}`
    : `${lines.length} errors occurred:\n${lines.join('\n')}`;
}

/** `policy.rego:3: rego_unsafe_var_error: var x is unsafe`. */
export function formatError(error: RegoErrorEntry): string {
  const place =
    error.row > 0
      ? `${error.file === '' ? error.row + ':' + error.col : `${error.file}:${error.row}`}: `
      : '';
  return `${place}${error.code}: ${error.message}`;
}

/** Runs a step; when it nests deeper than the stack goes, that is an error as any other. */
export function shallow<T>(code: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = 'rules, terms or values are nested too deeply';
    throw new RegoErrors([{ code, message, file: '', row: 0, col: 0, text: '' }], { cause });
  }
}
