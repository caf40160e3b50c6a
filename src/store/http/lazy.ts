/** A store's server that is a bare socket until somebody asks: whoever scans without asking pays nothing for it. */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { ScanLinkError } from '../../lib/errors.ts';
import type { StoreServer, StoreServerOptions } from './server.ts';

export type LazyStore = Omit<StoreServer, 'reload'>;

/** @throws ScanLinkError `PortTaken` */
export async function startLazyStore(options: StoreServerOptions): Promise<LazyStore> {
  const { host = '127.0.0.1', log } = options;
  const waiting: Socket[] = [];
  let loading: Promise<{ close: () => Promise<unknown> }> | undefined;
  const plain = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    waiting.push(socket);
    loading ??= load();
    loading.catch((error: unknown) => {
      log?.error({ err: error }, 'the metadata store could not be started');
      for (const one of waiting.splice(0)) one.destroy();
      loading = undefined;
    });
  });

  const load = async () => {
    const { storeApp } = await import('./server.ts');
    const app = await storeApp(options);
    await app.ready();
    // The listening socket changes hands, and with it those who came meanwhile.
    await new Promise<void>((resolve) => app.server.listen(plain, resolve));
    for (const socket of waiting.splice(0)) app.server.emit('connection', socket.resume());
    return app;
  };

  await new Promise<void>((resolve, reject) => {
    plain.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      const message = `port ${options.port} is in use by another program; choose another one`;
      reject(new ScanLinkError(message, { code: 'PortTaken', cause: error }));
    });
    plain.listen(options.port, host, resolve);
  });
  const address = plain.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      const app = await loading?.catch(() => undefined);
      if (app) await app.close();
      if (plain.listening) await new Promise<void>((resolve) => void plain.close(() => resolve()));
    },
  };
}
