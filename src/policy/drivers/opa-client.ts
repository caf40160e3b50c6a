/** Requests to an OPA server, bounded in time and size. */
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf, ScanLinkError } from '../../lib/errors.ts';
import { unavailable } from './opa-errors.ts';

export interface OpaAddress {
  /** `http://` or `https://`, perhaps with a path. */
  url: string;
  /** File with the bearer token; read for every request, since tokens are renewed. Refused over plain HTTP to elsewhere. */
  tokenFile?: string;
  /** File with the certificate authorities, in PEM; the machine's without it. */
  caFile?: string;
}

export interface OpaReply {
  status: number;
  /** Undefined where the body is no JSON. */
  body: unknown;
}

const longestReply = 64 * 1024 * 1024;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Throws `ScanLinkError` `ConfigInvalid` for an address that cannot be used. */
export function checkAddress({ url, tokenFile }: OpaAddress): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ScanLinkError('policy.opaUrl is no URL with http:// or https://', { code: 'ConfigInvalid' });
  }
  if (protocol === 'https:' || tokenFile === undefined || loopback.has(hostname)) return;
  const message =
    'policy.opaTokenFile is set and policy.opaUrl is http://: a token is sent over https:// only';
  throw new ScanLinkError(message, { code: 'ConfigInvalid' });
}

/**
 * One request. Redirects are not followed. Rejects with the signal's reason, or `PolicyProblem` `PolicyEngineUnavailable`
 * where there is no answer, the server wants another token, or the answer is too long.
 */
export async function askOpa(
  address: OpaAddress,
  method: 'PUT' | 'POST' | 'DELETE',
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<OpaReply> {
  signal.throwIfAborted();
  const url = new URL(address.url.replace(/\/+$/, '') + path);
  const headers = {
    'content-type': method === 'PUT' ? 'text/plain' : 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(await authorization(address)),
  };
  const ca = await fileText(address.caFile);
  const { promise, resolve, reject } = Promise.withResolvers<OpaReply>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const fail = (error: unknown): void =>
    reject(signal.aborted ? signal.reason : unavailable(`${url.origin}: ${messageOf(error)}`));
  const sent = send(url, { method, headers, signal, ...(ca !== undefined && { ca }) }, (reply) => {
    const parts: Buffer[] = [];
    let length = 0;
    reply.on('data', (part: Buffer) => {
      length += part.length;
      parts.push(part);
      if (length > longestReply) sent.destroy(new Error('its answer is too long'));
    });
    reply.on('error', fail);
    reply.on('end', () => {
      const status = reply.statusCode ?? 0;
      if (status === 401 || status === 403) return fail(new Error(`it refuses us (${status})`));
      resolve({ status, body: jsonOf(Buffer.concat(parts).toString('utf8')) });
    });
  });
  sent.on('error', fail);
  sent.end(body);
  return promise;
}

async function authorization({ tokenFile }: OpaAddress): Promise<Record<string, string>> {
  const token = (await fileText(tokenFile))?.trim();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function fileText(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw unavailable(messageOf(error));
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
