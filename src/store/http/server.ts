/** The metadata store as a server: TLS, tokens, bounds, and the two APIs. */
import type { Server } from 'node:https';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ScanLinkError } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';
import { findToken, ping, roles } from '../db/index.ts';
import type { Role, StoreDb, TokenInfo } from '../db/index.ts';
import { decoded } from './body.ts';
import { answerOf, HttpFailure, notFound } from './failures.ts';
import { legacyRoutes } from './legacy.ts';
import { v2Routes } from './v2/routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must be allowed for this route; `read` without it. */
    role?: Role;
    /** Answers without a token. */
    open?: boolean;
  }
  interface FastifyRequest {
    caller?: TokenInfo;
  }
}

export interface StoreServerOptions {
  readonly store: StoreDb;
  /** `127.0.0.1` without it. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM. */
  readonly tls: Tls;
  readonly log?: Log;
  /** Of a body, uncompressed; 64 MiB without it. */
  readonly maxBodyBytes?: number;
}

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface StoreServer {
  /** `https://host:port` */
  readonly url: string;
  readonly port: number;
  /** New connections see this certificate. */
  reload(tls: Tls): void;
  /** Answers what was asked, then closes. The database stays open. */
  close(): Promise<void>;
}

/** @throws ScanLinkError `PortTaken` */
export async function startStoreServer(options: StoreServerOptions): Promise<StoreServer> {
  const { host = '127.0.0.1', port } = options;
  const app = await storeApp(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new ScanLinkError(`port ${port} is in use by another program; choose another one`, {
        code: 'PortTaken',
        cause: error,
      });
    throw error;
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const server = app.server as unknown as Server;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    reload: (tls) => server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' }),
    close: () => app.close(),
  };
}

export type StoreAppOptions = Pick<StoreServerOptions, 'store' | 'log' | 'maxBodyBytes'> & {
  readonly tls?: Tls;
  /** Asks for no token: for this process alone, which has the database itself. Never to be listened with. */
  readonly trusted?: boolean;
};

/** The server before it listens. */
export async function storeApp(options: StoreAppOptions): Promise<FastifyInstance> {
  const { store, tls, log = silentLog, trusted = false } = options;
  const app = fastify({
    https: { ...tls, minVersion: 'TLSv1.2', headersTimeout: 15_000, maxHeaderSize: 16 * 1024 },
    bodyLimit: options.maxBodyBytes ?? 64 * 1024 * 1024,
    // A client that sends its request slowly, or nothing at all, does not keep its connection.
    requestTimeout: 60_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 15_000,
    routerOptions: { maxParamLength: 2000 },
    forceCloseConnections: 'idle',
    logger: false,
  }) as unknown as FastifyInstance;
  app.server.maxConnections = 5000;

  if (!trusted) app.addHook('onRequest', async (request) => authenticate(store, request));
  app.addHook('preParsing', async (request, _, payload) =>
    decoded(payload, request.headers['content-encoding']),
  );
  app.addHook('onSend', async (_, reply) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  // One line for each change: who did what, and what came of it.
  app.addHook('onResponse', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const { method, url, caller } = request;
    const token = caller && { id: caller.id, name: caller.name };
    log.info({ audit: true, method, path: url.split('?')[0], status: reply.statusCode, token }, 'changed');
  });
  app.setNotFoundHandler(() => {
    throw notFound('there is nothing at this path');
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = answerOf(error);
    if (answer.ours) log.error({ err: error, path: request.url.split('?')[0] }, 'a request failed');
    if (answer.status === 401) void reply.header('www-authenticate', 'Bearer realm="metadata-store"');
    if (answer.status === 503) void reply.header('retry-after', '5');
    void reply.code(answer.status);
    if (!request.url.startsWith('/api/v2')) return reply.send({ Message: answer.message });
    const { status, code, message } = answer;
    return reply
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', title: code, status, detail: message, code }));
  });

  app.get('/api/health', { config: { open: true } }, async (_, reply) => {
    await ping(store.db);
    return reply.code(200).send();
  });
  legacyRoutes(app, store);
  await v2Routes(app, store);
  return app;
}

async function authenticate(store: StoreDb, request: FastifyRequest): Promise<void> {
  const { config } = request.routeOptions;
  if (config.open) return;
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new HttpFailure(401, 'Unauthorized', 'a token is needed: Authorization: Bearer …');
  const caller = await findToken(store, token);
  if (!caller) throw new HttpFailure(401, 'Unauthorized', 'the token is not known, expired or revoked');
  request.caller = caller;
  const wanted = config.role ?? 'read';
  if (roles.indexOf(caller.role) < roles.indexOf(wanted))
    throw new HttpFailure(403, 'Forbidden', `the token may ${caller.role}, and this needs ${wanted}`);
}
