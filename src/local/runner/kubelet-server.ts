import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { messageOf } from '../../lib/errors.ts';
import type { ContainerLog } from './container-log.ts';
import { readLog } from './log-reader.ts';
import type { LogQuery } from './log-reader.ts';

/** PEM texts. */
export interface KubeletTls {
  readonly cert: string;
  readonly key: string;
  /** With it, only clients that show a certificate of this authority are answered. */
  readonly clientCa?: string;
}

export interface KubeletOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: KubeletTls;
}

/** Where a container's log is; a sentence why there is none, with the HTTP status that says it. */
export type LogSource =
  | { readonly file: string; readonly live?: ContainerLog }
  | { readonly status: 400 | 404; readonly message: string };

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

export interface KubeletServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The part of a kubelet that an API server needs for `kubectl logs`: `GET /containerLogs/{namespace}/{pod}/{container}`. */
export async function startKubeletServer(
  options: KubeletOptions,
  find: (request: LogRequest) => LogSource,
  { clock, log }: { clock: Clock; log: Log },
): Promise<KubeletServer> {
  const { cert, key, clientCa } = options.tls;
  const ending = new AbortController();
  const server = https.createServer(
    {
      cert,
      key,
      ca: clientCa,
      requestCert: clientCa !== undefined,
      rejectUnauthorized: clientCa !== undefined,
    },
    (request, response) => {
      answer(request, response, find, { now: clock.now(), ending: ending.signal }).catch((error: unknown) => {
        log.debug({ url: request.url, error: messageOf(error) }, 'log request failed');
        response.destroy();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    async close() {
      ending.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: (request: LogRequest) => LogSource,
  { now, ending }: { now: number; ending: AbortSignal },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  if (url.pathname === '/healthz') return refuse(response, 200, 'ok');
  const path = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname);
  const [namespace = '', pod = '', container = ''] = path?.slice(1).map(decodeURIComponent) ?? [];
  if (!path || request.method !== 'GET') return refuse(response, 404, '404 page not found');
  const query = logQuery(url.searchParams, now);
  if (typeof query === 'string') return refuse(response, 400, query);
  const previous = url.searchParams.get('previous') === 'true';
  const source = find({ namespace, pod, container, previous });
  if ('status' in source) return refuse(response, source.status, source.message);
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const left = new AbortController();
  response.once('close', () => left.abort());
  const text = readLog(source.file, query, source.live, AbortSignal.any([left.signal, ending]));
  await pipeline(Readable.from(text, { objectMode: false }), response);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(message);
}

/** The parameters of pod logs (API reference, "read log of the specified Pod"); a sentence for what is no number. */
export function logQuery(parameters: URLSearchParams, now: number): LogQuery | string {
  const numbers: Partial<Record<string, number>> = {};
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const text = parameters.get(name);
    if (text === null || text === '') continue;
    if (!/^\d{1,15}$/.test(text)) return `${name}: invalid value ${JSON.stringify(text)}`;
    numbers[name] = Number(text);
  }
  const sinceTime = parameters.get('sinceTime');
  const time = sinceTime ? Date.parse(sinceTime) : undefined;
  if (Number.isNaN(time)) return `sinceTime: invalid value ${JSON.stringify(sinceTime)}`;
  const { tailLines, limitBytes, sinceSeconds } = numbers;
  return {
    follow: parameters.get('follow') === 'true',
    timestamps: parameters.get('timestamps') === 'true',
    tailLines,
    limitBytes,
    since: sinceSeconds === undefined ? time : now - sinceSeconds * 1000,
  };
}
