import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import { KubeError } from './errors.ts';
import type { ConnectionConfig } from './kubeconfig.ts';

export interface TransportRequest {
  readonly method: string;
  /** With its query; begins with `/`. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
  /** Until the answer's headers are here. */
  readonly timeoutMs: number;
  /** A stream (watch, log) holds its connection for long: it must not take one from the requests' pool. */
  readonly streaming?: boolean;
}

/** One HTTP/1.1 exchange with the API server, over connections that are kept. */
export interface Transport {
  /** Any answer, whatever its status; the caller reads or destroys its body. @throws KubeError when none came */
  send(request: TransportRequest): Promise<IncomingMessage>;
  close(): void;
}

/** Go's servers keep idle connections for 90 s and more; we let go first, so that none dies under a request. */
const idleMs = 60_000;
const maxConnections = 32;

interface Agents {
  readonly cert: Credential['cert'];
  readonly pooled: http.Agent;
  readonly streams: http.Agent;
}

export function createTransport(
  config: ConnectionConfig,
  credentials: CredentialSource,
  clock: Clock,
): Transport {
  const base = new URL(config.server.includes('://') ? config.server : `https://${config.server}`);
  const secure = base.protocol === 'https:';
  let agents: Agents | undefined;

  const agentsFor = ({ cert, key }: Credential): Agents => {
    if (agents && agents.cert === cert) return agents;
    closeAgents(agents);
    const tls = {
      ca: config.ca,
      rejectUnauthorized: !config.skipTlsVerify,
      servername: config.tlsServerName,
      cert,
      key,
    };
    const make = (maxSockets: number): http.Agent =>
      secure
        ? new https.Agent({ ...tls, keepAlive: true, maxSockets, timeout: idleMs, scheduling: 'lifo' })
        : new http.Agent({ keepAlive: true, maxSockets, timeout: idleMs, scheduling: 'lifo' });
    agents = { cert, pooled: make(maxConnections), streams: make(Number.POSITIVE_INFINITY) };
    return agents;
  };

  const exchange = (request: TransportRequest, credential: Credential): Promise<IncomingMessage> => {
    const { pooled, streams } = agentsFor(credential);
    const headers: Record<string, string | number> = { ...request.headers };
    if (credential.authorization) headers['authorization'] = credential.authorization;
    if (request.body) headers['content-length'] = request.body.length;
    return once({
      ...request,
      clock,
      headers,
      open: (options) => (secure ? https : http).request(options),
      options: {
        protocol: base.protocol,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port || (secure ? 443 : 80),
        path: base.pathname.replace(/\/$/, '') + request.path,
        agent: request.streaming ? streams : pooled,
      },
    });
  };

  return {
    async send(request) {
      const response = await exchange(request, await credentials.current());
      if (response.statusCode !== 401 || !credentials.refresh()) return response;
      // A token that was rotated or expired since we read it: once more with a new one.
      response.resume();
      return exchange(request, await credentials.current());
    },
    close: () => closeAgents(agents),
  };
}

function closeAgents(agents: Agents | undefined): void {
  agents?.pooled.destroy();
  agents?.streams.destroy();
}

interface Exchange extends Omit<TransportRequest, 'headers'> {
  readonly clock: Clock;
  readonly headers: Record<string, string | number>;
  readonly options: http.RequestOptions;
  readonly open: (options: http.RequestOptions) => http.ClientRequest;
}

/** A kept connection that the server closed just as we took it: nothing was processed, so it may be sent again. */
function wasStale(request: http.ClientRequest, error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function once(exchange: Exchange, again = true): Promise<IncomingMessage> {
  const { method, path, headers, body, signal, timeoutMs, clock, options, open } = exchange;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(method, path, signal));
      return;
    }
    const request = open({ ...options, method, headers });
    const cancelTimer = clock.after(timeoutMs, () =>
      request.destroy(
        new KubeError(`no answer to ${method} ${path} within ${timeoutMs / 1000} s`, {
          reason: 'ClientTimeout',
        }),
      ),
    );
    const onAbort = (): void => void request.destroy(aborted(method, path, signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    request.once('response', (response) => {
      settle();
      resolve(response);
    });
    request.once('error', (error) => {
      settle();
      // A POST may have been carried out before the connection broke; repeating it could create twice.
      if (again && method !== 'POST' && wasStale(request, error)) resolve(once(exchange, false));
      else reject(connectionError(error, method, path));
    });
    request.end(body);
  });
}

export function aborted(method: string, path: string, signal: AbortSignal | undefined): KubeError {
  return new KubeError(`${method} ${path} was cancelled`, { reason: 'Aborted', cause: signal?.reason });
}

/** Whatever broke on the way, as a `KubeError`. */
export function connectionError(error: unknown, method: string, path: string): KubeError {
  if (error instanceof KubeError) return error;
  // Errors of several tried addresses have an empty message and the real ones inside.
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error);
  const where = path.split('?')[0];
  return new KubeError(`cannot reach the API server for ${method} ${where}: ${inner}`, {
    reason: 'Unreachable',
    cause: error,
  });
}
