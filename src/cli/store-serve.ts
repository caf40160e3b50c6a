/** `scanlink store serve`: the metadata store for others, over TLS. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Command } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import { messageOf } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';

interface Options {
  db?: string;
  host: string;
  port: string;
  tlsCert: string;
  tlsKey: string;
}

export function storeServeCommand(context: Context): Command {
  return new Command('serve')
    .option(
      '--db <file or URL>',
      'SQLite file or postgres://… (default: SCANLINK_STORE_DB, or the data folder)',
    )
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--port <port>', 'to listen on', '8443')
    .requiredOption('--tls-cert <file>', 'certificate chain, PEM; read again when it changes')
    .requiredOption('--tls-key <file>', 'its private key, PEM')
    .addOption(outputOption(['json']))
    .addHelpText(
      'after',
      examples('scanlink store serve --host 0.0.0.0 --tls-cert tls.crt --tls-key tls.key --db store.db'),
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const stop = context.stop();
  const { openStoreDb } = await import('../store/manage.ts');
  const { startStoreServer } = await import('../store/http/server.ts');
  const { createLogger } = await import('../telemetry/logger.ts');
  const log = await createLogger({ level: 'info', name: 'store' });
  const readTls = () => ({
    cert: readFileSync(options.tlsCert, 'utf8'),
    key: readFileSync(options.tlsKey, 'utf8'),
  });
  const tls = readTls();
  const store = await openStoreDb({ location: storeDb(options.db), log });
  try {
    const server = await startStoreServer({
      store,
      host: options.host,
      port: Number(options.port),
      tls,
      log,
    });
    log.info({ url: server.url, database: store.where }, 'started');
    const reload = (): void => {
      try {
        server.reload(readTls());
        log.info({}, 'the certificate was read again');
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'the new certificate cannot be used; the old one stays');
      }
    };
    for (const file of [options.tlsCert, options.tlsKey]) watchFile(file, { interval: 5000 }, reload);
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const file of [options.tlsCert, options.tlsKey]) unwatchFile(file);
    await server.close();
  } finally {
    await store.close();
  }
}
