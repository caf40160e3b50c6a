import type { Writable } from 'node:stream';

/** How the program ends (spec.md §10). */
export const exitCodes = {
  /** Done and clean. */
  clean: 0,
  /** A policy or `--fail-on` was violated. */
  violated: 1,
  /** Anything went wrong. */
  failed: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command gets besides its arguments. */
export interface Context {
  /** Results. */
  readonly out: Output;
  /** Errors, progress, and everything else that is not the result. */
  readonly err: Output;
  /** Aborted by Ctrl-C or SIGTERM; asking for it takes over from the default, which ends the program at once. */
  readonly stop: () => AbortSignal;
  /** Sets the code to end with; the program ends when its work is done. */
  readonly exit: (code: ExitCode) => void;
}

/** The context of this process. */
export function processContext(): Context {
  let controller: AbortController | undefined;
  return {
    out: process.stdout,
    err: process.stderr,
    stop() {
      if (controller) return controller.signal;
      controller = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // The second one finds no handler and ends the program at once.
        process.once(signal, () => controller?.abort(new Error(`stopped by ${signal}`)));
      }
      return controller.signal;
    },
    exit(code) {
      process.exitCode = code;
    },
  };
}
