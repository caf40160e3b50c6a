/** Failures as answers: which status, which code, and the words. */
import { messageOf, ScanLinkError } from '../../lib/errors.ts';

/** A refusal with its HTTP status. */
export class HttpFailure extends Error {
  readonly statusCode: number;
  /** Stable, PascalCase. */
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.name = 'HttpFailure';
    this.statusCode = statusCode;
    this.code = code;
  }
}

export const notFound = (what: string): HttpFailure => new HttpFailure(404, 'NotFound', what);
export const badRequest = (what: string): HttpFailure => new HttpFailure(400, 'BadRequest', what);

export interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Not the fault of whoever asked: to be logged. */
  readonly ours: boolean;
}

/** Fastify's own failures that mean something else than their status says; FST_ERR_… are its codes. */
const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Timeout',
  413: 'TooLarge',
  415: 'MediaTypeUnsupported',
};

/** PostgreSQL: admin_shutdown, too many connections, … and what the network gives when it is gone. */
const away = /^(57P0\d|53\d\d\d|08\d\d\d|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND)$/;

export function answerOf(error: unknown): Answer {
  if (error instanceof HttpFailure)
    return { status: error.statusCode, code: error.code, message: error.message, ours: false };
  if (error instanceof ScanLinkError && /^(Report|StoreInput)/.test(error.code)) {
    const status = error.code === 'ReportTooLarge' ? 413 : 400;
    return { status, code: error.code, message: error.message, ours: false };
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (away.test(code) || isLocked(error))
    return {
      status: 503,
      code: 'DatabaseUnavailable',
      message: 'the database does not answer',
      ours: true,
    };
  if (isFull(error, code))
    return { status: 507, code: 'DiskFull', message: "the database's disk is full", ours: true };
  const status = statusOf(error);
  if (status !== undefined && status < 500)
    return { status, code: codes[status] ?? 'BadRequest', message: messageOf(error), ours: false };
  return {
    status: 500,
    code: 'Internal',
    message: 'a defect of the metadata store; its log says more',
    ours: true,
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 5;
const isFull = (error: unknown, code: string): boolean =>
  code === '53100' || (error instanceof Error && 'errcode' in error && error.errcode === 13);
