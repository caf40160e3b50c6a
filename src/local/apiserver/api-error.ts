/** Failures as Kubernetes words them: every one becomes a `Status` with a reason, a code and, where known, causes. */
import type { Status } from '../../kube/objects.ts';

/** One field that is wrong; `field` is a path as kube-apiserver writes it (`spec.template.spec.containers[0].name`). */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface Target {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

interface ErrorParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Status['details'];
  readonly headers?: Record<string, string>;
}

/** Thrown anywhere below a request; answered as its `status`. */
export class ApiError extends Error {
  readonly status: Status;
  readonly code: number;
  readonly headers: Record<string, string>;

  constructor(parts: ErrorParts) {
    super(parts.message);
    this.code = parts.code;
    this.headers = parts.headers ?? {};
    this.status = {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      message: parts.message,
      reason: parts.reason,
      ...(parts.details && { details: parts.details }),
      code: parts.code,
    };
  }
}

/** `sourcescans.scanning.apps.tanzu.vmware.com`, or `pods` in the core group. */
export function qualified(target: Target): string {
  return target.group ? `${target.plural}.${target.group}` : target.plural;
}

const about = (target: Target, name: string): Status['details'] => ({
  name,
  ...(target.group && { group: target.group }),
  kind: target.plural,
});

export function notFound(target: Target, name: string): ApiError {
  const message = `${qualified(target)} "${name}" not found`;
  return new ApiError({ code: 404, reason: 'NotFound', message, details: about(target, name) });
}

/** For a path that no resource is served at. */
export function noSuchPath(): ApiError {
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

export function alreadyExists(target: Target, name: string): ApiError {
  const message = `${qualified(target)} "${name}" already exists`;
  return new ApiError({ code: 409, reason: 'AlreadyExists', message, details: about(target, name) });
}

export function conflict(target: Target, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(target)} "${name}": ${why}`;
  return new ApiError({ code: 409, reason: 'Conflict', message, details: about(target, name) });
}

/** What every failed optimistic lock says. */
export const modified =
  'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(target: Target, name: string, why: string): ApiError {
  const message = `${qualified(target)} "${name}" is forbidden: ${why}`;
  return new ApiError({ code: 403, reason: 'Forbidden', message, details: about(target, name) });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

export function expired(message: string): ApiError {
  return new ApiError({ code: 410, reason: 'Expired', message });
}

/** A revision this server has not reached: the client knows another history, for example of a removed data folder. */
export function fromTheFuture(asked: number, current: number): ApiError {
  return new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
    headers: { 'Retry-After': '1' },
  });
}

export function methodNotAllowed(): ApiError {
  return new ApiError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  });
}

export function tooLarge(limit: number): ApiError {
  const message = `Request entity too large: limit is ${limit}`;
  return new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message });
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

/** 422 with every wrong field; one cause is said in the message itself, several in brackets. */
export function invalid(target: Target, name: string, causes: readonly Cause[]): ApiError {
  const texts = [...new Set(causes.map((cause) => (cause.field ? `${cause.field}: ` : '') + cause.message))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kind = target.group ? `${target.kind}.${target.group}` : target.kind;
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${list}`,
    details: {
      name,
      ...(target.group && { group: target.group }),
      kind: target.kind,
      causes: causes.map((cause) => ({ ...cause })),
    },
  });
}
