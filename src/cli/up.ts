/** `scanlink up`: the whole system on this machine, until Ctrl-C. */
import { Command, InvalidArgumentError } from 'commander';
import { dataDir } from '../config/data-dir.ts';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { painter } from './render/style.ts';
import { duration } from './render/words.ts';
import { takeLock } from './up/lock.ts';
import { openLogFile } from './up/log-file.ts';
import type { System } from './up/system.ts';

interface Options {
  dataDir?: string;
  port: number;
  demo?: true;
  config?: string;
  store: boolean;
  output: 'table' | 'json';
}

/** What a laptop wants otherwise than a cluster: its own store, one controller, no port for figures. */
const laptop = {
  'metadataStore.url': '',
  leaderElection: false,
  'telemetry.port': 0,
} as const;

export function upCommand(context: Context): Command {
  return new Command('up')
    .option('--data-dir <folder>', 'where everything is kept (default: SCANLINK_DATA_DIR, or ~/.scan-link)')
    .option('--port <port>', 'of the API server; a taken one gives the next free one', port, 6445)
    .option('--demo', 'scan a small real project, and show what came of it')
    .option('--no-store', 'start no metadata store: results are sent nowhere')
    .option('--config <file>', 'options of the controller, as in docs/operating.md')
    .addOption(outputOption(['table', 'json']))
    .addHelpText(
      'after',
      examples('scanlink up', 'scanlink up --demo', 'scanlink up --data-dir ./state --port 7001'),
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const started = performance.now();
  const stop = context.stop();
  const folder = dataDir(options.dataDir);
  // Everything in the folder may hold a secret: nobody else reads it.
  process.umask(0o077);
  const unlock = takeLock(folder);
  const file = openLogFile(folder);
  try {
    const { startSystem } = await import('./up/system.ts');
    const config = loadConfig({
      file: options.config,
      defaults: { ...laptop, 'reports.dir': `${folder}/controller` },
    });
    const log = await createLogger({ level: config['log.level'], write: (line) => file.write(line) });
    const system = await startSystem({
      dataDir: folder,
      port: options.port,
      store: options.store,
      log,
      config,
    });
    try {
      say(system, folder, options, performance.now() - started, context);
      if (options.demo && !stop.aborted) await demonstrate(system, folder, started, stop, context);
      await aborted(stop);
    } finally {
      if (options.output === 'table') context.err.write('\nStopping …\n');
      await system.close();
    }
  } finally {
    file.close();
    unlock();
  }
}

function say(system: System, folder: string, options: Options, ms: number, context: Context): void {
  const { server, kubeconfig, keptTemplates, store } = system;
  if (options.output === 'json') {
    const ready = { url: server.url, port: server.port, kubeconfig, dataDir: folder, store: store?.url };
    context.out.write(`${JSON.stringify(ready)}\n`);
    return;
  }
  const paint = painter(context.out);
  context.out.write(`${paint('bold', 'Scan Link is up')} at ${server.url} (${duration(ms)})\n`);
  if (server.port !== options.port) {
    context.out.write(`Port ${options.port} is taken by another program; this one uses ${server.port}.\n`);
  }
  if (keptTemplates.length > 0) {
    context.out.write(`Templates that were changed here stay as they are: ${keptTemplates.join(', ')}.\n`);
  }
  if (store)
    context.out.write(`The metadata store is at ${store.url}; its token is in ${store.tokenFile}.\n`);
  context.out.write(`Everything is kept in ${folder}; up.log there says what goes on.\n`);
  if (!options.demo) context.out.write(`\n  export KUBECONFIG=${kubeconfig}\n\nCtrl-C stops it.\n`);
}

async function demonstrate(
  system: System,
  folder: string,
  started: number,
  stop: AbortSignal,
  context: Context,
): Promise<void> {
  const { runDemo } = await import('./demo/demo.ts');
  await runDemo({ system, dataDir: folder, started, stop, context });
}

/** Resolves when the signal fires; keeps the process alive until then. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const alive = setInterval(() => {}, 2 ** 30);
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('Give a port from 0 (any free one) to 65535.');
  return number;
}
