import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import { createClient } from './client.ts';
import type { ClientOptions } from './client.ts';
import { credentialSource } from './credentials.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { ConnectionConfig } from './kubeconfig.ts';
import { createTransport } from './transport.ts';
import type { KubeClient } from './types.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConnectOptions extends ClientOptions {
  /** A kubeconfig file; without it `env.KUBECONFIG`, then the service account of a pod, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Instead of the file's current context. */
  readonly context?: string;
  /** True: only the service account. False: never it. */
  readonly inCluster?: boolean;
  /** A ready configuration: nothing is read. */
  readonly config?: ConnectionConfig;
  /** The process environment, handed in by `src/config`; also what credential plugins are started with. */
  readonly env?: Environment;
  /** Where a pod finds its account; another folder in tests. */
  readonly serviceAccountDir?: string;
}

export interface KubeConnection extends KubeClient {
  readonly server: string;
  /** The context's namespace, or the pod's own. */
  readonly namespace: string;
  /** Closes every connection, running watches included. */
  close(): void;
}

/** @throws ScanLinkError `KubeconfigInvalid`, `KubeconfigMissing`; no request is made yet. */
export async function connect(options: ConnectOptions = {}): Promise<KubeConnection> {
  const config = options.config ?? (await findConfig(options));
  const clock = options.clock ?? systemClock;
  const transport = createTransport(config, credentialSource(config, clock, options.env ?? {}), clock);
  return {
    ...createClient(transport, options),
    server: config.server,
    namespace: config.namespace,
    close: () => transport.close(),
  };
}

const accountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

async function findConfig(options: ConnectOptions): Promise<ConnectionConfig> {
  const { kubeconfig, context, inCluster, env = {}, serviceAccountDir = accountDir } = options;
  if (inCluster) return serviceAccountConfig(env, serviceAccountDir);
  if (kubeconfig) return loadKubeconfig([kubeconfig], context);
  const named = env['KUBECONFIG']?.split(path.delimiter).filter((file) => file !== '') ?? [];
  if (named.length > 0) return loadKubeconfig(named, context);
  if (inCluster === undefined && env['KUBERNETES_SERVICE_HOST']) {
    return serviceAccountConfig(env, serviceAccountDir);
  }
  if (env['HOME']) return loadKubeconfig([path.join(env['HOME'], '.kube', 'config')], context);
  throw new ScanLinkError('no cluster to talk to: name a kubeconfig file with --kubeconfig or KUBECONFIG', {
    code: 'KubeconfigMissing',
  });
}

/** What the kubelet puts into every pod that has a service account. */
async function serviceAccountConfig(env: Environment, dir: string): Promise<ConnectionConfig> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (!host) {
    throw new ScanLinkError('not in a cluster: KUBERNETES_SERVICE_HOST is not set', {
      code: 'KubeconfigMissing',
    });
  }
  const read = async (name: string): Promise<Buffer> => {
    try {
      return await readFile(path.join(dir, name));
    } catch (error) {
      throw new ScanLinkError(`the pod's service account is not mounted: ${messageOf(error)}`, {
        code: 'KubeconfigInvalid',
        cause: error,
      });
    }
  };
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await read('ca.crt'),
    namespace: (await read('namespace')).toString().trim() || 'default',
    auth: { tokenFile: path.join(dir, 'token') },
  };
}
