import type { IncomingMessage } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { errorFromStatus, KubeError, reasonOfCode } from './errors.ts';
import type { Status } from './objects.ts';
import { aborted, connectionError } from './transport.ts';

export interface BodyOptions {
  readonly method: string;
  readonly path: string;
  readonly maxBytes: number;
  /** For the whole body. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Reads a whole body, bounded in bytes and time. @throws KubeError */
export async function readBody(response: IncomingMessage, options: BodyOptions): Promise<Buffer> {
  const { method, path, maxBytes, timeoutMs, clock, signal } = options;
  const stop = (error: KubeError) => () => void response.destroy(error);
  const late = new KubeError(`the answer to ${method} ${path} did not end within ${timeoutMs / 1000} s`, {
    reason: 'ClientTimeout',
  });
  const cancelTimer = clock.after(timeoutMs, stop(late));
  const onAbort = stop(aborted(method, path, signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new KubeError(`the answer to ${method} ${path} is larger than ${maxBytes} bytes`, {
          reason: 'ResponseTooLarge',
          statusCode: response.statusCode,
        });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    response.destroy();
    throw connectionError(error, method, path);
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** @throws KubeError `InvalidResponse` */
export function parseJson(body: Buffer, method: string, path: string): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new KubeError(`the answer to ${method} ${path} is no JSON: is this an API server?`, {
      reason: 'InvalidResponse',
      cause: error,
    });
  }
}

const messageMax = 300;

/** The error that an answer of 400 and above stands for; a body that is no `Status` is quoted, shortened. */
export function errorFromAnswer(response: IncomingMessage, body: Buffer, now: number): KubeError {
  const code = response.statusCode ?? 0;
  const retryAfterMs = retryAfter(response.headers['retry-after'], now);
  const text = body.toString();
  const status = asStatus(text);
  if (status) return errorFromStatus({ ...status, code: status.code ?? code }, retryAfterMs);
  const quoted = text.trim().slice(0, messageMax) || (response.statusMessage ?? '');
  return new KubeError(`the API server answered ${code}: ${quoted}`, {
    reason: reasonOfCode(code),
    statusCode: code,
    retryAfterMs,
  });
}

function asStatus(text: string): Status | undefined {
  try {
    const json = JSON.parse(text) as unknown;
    if (typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'Status') {
      return json as Status;
    }
  } catch {
    // A proxy's page: quoted as it is.
  }
  return undefined;
}

/** RFC 9110 §10.2.3: seconds, or a date. Undefined for neither. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (!header) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
