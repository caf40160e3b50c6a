import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';

import type { KeyPair } from './certificates.ts';

export type HttpServer = {
  /** `http://127.0.0.1:PORT`, or https with `tls`. */
  origin: string;
  /** Ends it and cuts the connections that are open. */
  stop: () => Promise<void>;
};

/** Listens on a free port of 127.0.0.1. */
export async function startHttp(handler: RequestListener, tls?: KeyPair): Promise<HttpServer> {
  const server = tls === undefined ? createHttp(handler) : createHttps(tls, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP port');
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type Credentials = { username: string; password: string };

/** True when the request bears these credentials as HTTP Basic (RFC 7617). */
export function hasCredentials(request: IncomingMessage, { username, password }: Credentials): boolean {
  const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return request.headers.authorization === wanted;
}
