/** The HTTPS listener: connections and their bounds, and what becomes of whatever a handler throws. */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ScanLinkError, messageOf } from '../../../lib/errors.ts';
import { ApiError, badRequest } from '../api-error.ts';
import type { Certificates } from '../certificates.ts';
import type { ServerLog } from '../types.ts';
import { sendError, userOf } from './request.ts';
import type { Context } from './request.ts';

const maxConnections = 1000;
const maxUrl = 16 * 1024;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

function contextOf(request: IncomingMessage, response: ServerResponse): Context {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const pathText = mark < 0 ? url : url.slice(0, mark);
  let path: string[];
  try {
    path = pathText
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    path = ['?'];
  }
  return {
    request,
    response,
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    user: userOf(request),
    warnings: [],
  };
}

function errorOf(thrown: unknown, log: ServerLog, context: Context): ApiError {
  if (thrown instanceof ApiError) return thrown;
  log.error(
    {
      error: messageOf(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
      method: context.method,
      path: context.path.join('/'),
    },
    'a request failed',
  );
  return new ApiError({
    code: 500,
    reason: 'InternalError',
    message: 'Internal error occurred: see the log of the API server',
  });
}

/** Listens on `host`. @throws ScanLinkError PortTaken */
export async function listen(
  options: {
    readonly host: string;
    readonly port: number;
    readonly certificates: Certificates;
    readonly log: ServerLog;
  },
  handle: (context: Context) => Promise<void>,
): Promise<Listener> {
  const { certificates, log } = options;
  const server = createServer(
    {
      cert: certificates.server.cert,
      key: certificates.server.key,
      ca: certificates.ca,
      // Asked for and looked at in the router: health and version are open.
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      headersTimeout: 20_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 120_000,
      maxHeaderSize: 32 * 1024,
      handshakeTimeout: 20_000,
      // A client that vanished without a word is noticed, and its watches end.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      noDelay: true,
    },
    (request, response) => {
      const context = contextOf(request, response);
      response.on('error', () => {});
      const answered =
        (request.url ?? '').length > maxUrl
          ? Promise.reject(badRequest('the URL is too long'))
          : handle(context);
      answered.catch((thrown: unknown) => {
        if (request.destroyed && !request.complete) return;
        sendError(context, errorOf(thrown, log, context));
      });
    },
  );
  server.maxConnections = maxConnections;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  await started(server, options.host, options.port);
  const address = server.address() as AddressInfo;
  return { port: address.port, close: () => closeServer(server) };
}

function started(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const message = taken
        ? `port ${port} on ${host} is taken; choose another with --port`
        : `the API server cannot listen on ${host}:${port}: ${error.message}`;
      reject(new ScanLinkError(message, { code: taken ? 'PortTaken' : 'CannotListen', cause: error }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** Watches were ended before; what is still open after a moment is cut. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 200).unref();
  });
}
