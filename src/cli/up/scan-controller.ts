/** The controller with everything it works with, as `up` and `controller` run it. */
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/options.ts';
import { startController } from '../../controller/start.ts';
import type { RunningController } from '../../controller/start.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Log } from '../../lib/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { policyEngineOf } from './policy-engine.ts';

/** The Lease that all replicas share; the role in deploy/kustomize names it. */
const leaseName = 'scan-link-controller';

/** Stopping it ends the policy engine too. Throws `ScanLinkError` `ConfigInvalid` where that cannot be made. */
export async function startScanController(
  client: KubeClient,
  config: Config,
  log: Log,
  metrics?: Metrics,
): Promise<RunningController> {
  const policy = policyEngineOf(config);
  const controller = await startController({
    client,
    config,
    policy,
    log,
    metrics,
    ...(config.leaderElection && {
      leaderElection: {
        namespace: config.namespace,
        name: leaseName,
        identity: `${hostname()}_${randomUUID()}`,
      },
    }),
  });
  return {
    ...controller,
    async stop() {
      await controller.stop();
      await policy.close();
    },
  };
}
