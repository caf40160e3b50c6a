import { ScanLinkError } from '../lib/errors.ts';
import type { Status } from './objects.ts';

/**
 * Why a request failed. What a server says in `Status.reason` is passed on as it is (`NotFound`, `Conflict`,
 * `AlreadyExists`, `Expired`, `Invalid`, …); these are the ones that we add where no server answered:
 * - `Unreachable`: no connection, or it was cut; the cause says how.
 * - `ClientTimeout`: no answer in time, or a watch went silent.
 * - `Aborted`: the caller's signal.
 * - `ResponseTooLarge`, `InvalidResponse`: an answer that we refuse to read.
 */
export type KubeErrorReason =
  | 'Unreachable'
  | 'ClientTimeout'
  | 'Aborted'
  | 'ResponseTooLarge'
  | 'InvalidResponse'
  // Whatever a server says; the odd type keeps the names above as completions.
  | (string & {});

export interface KubeErrorDetails {
  readonly reason: KubeErrorReason;
  /** HTTP status; absent when no answer came. */
  readonly statusCode?: number;
  readonly details?: Status['details'];
  /** How long the server asked us to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Asking again cannot help with these: the request itself has to change. */
const terminalCodes = new Set([400, 405, 406, 413, 415, 422]);

/** A request to the API server that failed. `code` is `Kube` + reason, e.g. `KubeNotFound`. */
export class KubeError extends ScanLinkError {
  readonly reason: KubeErrorReason;
  readonly statusCode: number | undefined;
  readonly details: Status['details'];
  readonly retryAfterMs: number | undefined;

  constructor(message: string, from: KubeErrorDetails) {
    super(message, {
      code: `Kube${from.reason}`,
      retry: terminalCodes.has(from.statusCode ?? 0) ? 'terminal' : 'retryable',
      cause: from.cause,
    });
    this.name = 'KubeError';
    this.reason = from.reason;
    this.statusCode = from.statusCode;
    this.details = from.details;
    this.retryAfterMs = from.retryAfterMs;
  }
}

/** The error that a `Status` object stands for, be it an answer's body or the object of an `ERROR` watch event. */
export function errorFromStatus(status: Partial<Status>, retryAfterMs?: number): KubeError {
  const code = status.code ?? 500;
  const seconds = status.details?.retryAfterSeconds;
  return new KubeError(status.message || `the API server answered ${code}`, {
    reason: status.reason || reasonOfCode(code),
    statusCode: code,
    details: status.details,
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
  });
}

/** The reason that goes with an HTTP status when the answer named none (a proxy's page, an empty body). */
export function reasonOfCode(code: number): string {
  return reasons[code] ?? (code >= 500 ? 'InternalError' : 'Unknown');
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const is = (reason: string) => (thrown: unknown) => thrown instanceof KubeError && thrown.reason === reason;

export const isNotFound = is('NotFound');
export const isAlreadyExists = is('AlreadyExists');
/** The object changed since it was read, or a delete's precondition does not hold. */
export const isConflict = is('Conflict');
export const isForbidden = is('Forbidden');
export const isUnauthorized = is('Unauthorized');
export const isInvalid = is('Invalid');
export const isAborted = is('Aborted');

/** A resourceVersion or continue token that the server no longer has: list anew. */
export function isGone(thrown: unknown): boolean {
  return thrown instanceof KubeError && (thrown.statusCode === 410 || thrown.reason === 'Expired');
}

/** No server answered: down, cut or silent. */
export function isUnreachable(thrown: unknown): boolean {
  return (
    thrown instanceof KubeError && (thrown.reason === 'Unreachable' || thrown.reason === 'ClientTimeout')
  );
}
