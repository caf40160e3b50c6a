/**
 * What may be done about a failure (architecture.md, "Ways of building"):
 * - `retryable`: the same thing may work later; tried again with backoff.
 * - `waiting`: nothing to do until something named appears or changes; a watch wakes us.
 * - `terminal`: trying again gives the same answer; somebody has to change the input.
 */
export type Retry = 'retryable' | 'waiting' | 'terminal';

export interface ErrorDetails {
  /** Stable, PascalCase, the same in status, event, metric and exit message. */
  readonly code: string;
  readonly retry?: Retry;
  /** Where in the input: a line (1-based), a column (1-based), a path, a container. */
  readonly where?: { readonly line?: number; readonly column?: number; readonly path?: string };
  readonly cause?: unknown;
}

/**
 * The one error type for everything a person may have to act on.
 * `message` says in one sentence what was wrong and where, and never holds a secret.
 */
export class ScanLinkError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly where: ErrorDetails['where'];

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ScanLinkError';
    this.code = details.code;
    this.retry = details.retry ?? 'terminal';
    this.where = details.where;
  }
}

/** The text of whatever was thrown, for messages; an `Error`'s message without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
