/** `scanlink controller`: the controller against a cluster, as the deployment runs it. */
import { Command, Option } from 'commander';
import { kubeEnvironment } from '../config/kube-environment.ts';
import { loadConfig } from '../config/load.ts';
import { optionKeys, options as table } from '../config/options.ts';
import type { Config } from '../config/options.ts';
import { ScanLinkError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';

type Options = Record<string, string | undefined> & {
  kubeconfig?: string;
  context?: string;
  config?: string;
  output: string;
};

export function controllerCommand(context: Context): Command {
  const command = new Command('controller')
    .option('--kubeconfig <file>', "default: KUBECONFIG, then the pod's service account, then ~/.kube/config")
    .option('--context <name>', "instead of the kubeconfig's current context")
    .option('--config <file>', 'a YAML file with the options below (default: SCANLINK_CONFIG)')
    .addOption(outputOption(['json']));
  for (const key of optionKeys) {
    const { description, env, default: byDefault } = table[key];
    const shown = String(byDefault) === '' ? env : `${env}; default ${String(byDefault)}`;
    command.addOption(new Option(`--${key} <value>`, `${description} (${shown})`));
  }
  return command
    .addHelpText(
      'after',
      examples(
        'scanlink controller --kubeconfig ~/.kube/config',
        'scanlink controller --config config.yaml --log.level debug',
      ),
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const stop = context.stop();
  const flags = Object.fromEntries(optionKeys.map((key) => [key, options[key]]));
  const config = loadConfig({ flags, file: options.config });
  // Loaded when the arguments are known to be good.
  const { connect } = await import('../kube/connect.ts');
  const { createLogger } = await import('../telemetry/logger.ts');
  const { startScanController } = await import('./up/scan-controller.ts');
  const log = await createLogger({ level: config['log.level'], name: 'controller' });
  const client = await connect({
    kubeconfig: options.kubeconfig,
    context: options.context,
    env: kubeEnvironment(),
  });
  const telemetry = await startTelemetry(config);
  const controller = await startScanController(client, config, log, telemetry.metrics);
  telemetry.watch(controller.isReady);
  log.info({ server: client.server }, 'started');

  const stopping = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  const how = await Promise.race([controller.ended, stopping.then(() => 'asked' as const)]);
  await controller.stop();
  await telemetry.close();
  client.close();
  if (how === 'lost')
    throw new ScanLinkError('another controller leads now; this one ends, to be started again', {
      code: 'LeaseLost',
    });
}

/** Figures and probes on `telemetry.port`; nothing at all for port 0. */
async function startTelemetry(config: Config) {
  const port = config['telemetry.port'];
  if (port === 0) return { metrics: undefined, watch: () => {}, close: async () => {} };
  const { createMetrics } = await import('../telemetry/metrics.ts');
  const { startTelemetryServer } = await import('../telemetry/server.ts');
  const { controllerMetrics } = await import('../controller/metrics.ts');
  const metrics = await createMetrics(controllerMetrics);
  let isReady = (): boolean => false;
  const server = await startTelemetryServer({ port, metrics, isReady: () => isReady() });
  return {
    metrics,
    watch: (ready: () => boolean) => void (isReady = ready),
    close: () => server.close(),
  };
}
