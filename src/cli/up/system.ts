/** The laptop's whole system in this process, wired: everything speaks to everything else through the API server. */
import { hostname } from 'node:os';
import path from 'node:path';
import type { Config } from '../../config/options.ts';
import { connect } from '../../kube/connect.ts';
import type { KubeConnection } from '../../kube/connect.ts';
import type { Log } from '../../lib/log.ts';
import { startApiServer } from '../../local/apiserver/index.ts';
import type { ApiServer } from '../../local/apiserver/index.ts';
import { startLocalControllers } from '../../local/controllers/index.ts';
import { startRunner } from '../../local/runner/index.ts';
import type { ImageRuntime } from '../../local/runner/index.ts';
import { startScanController } from './scan-controller.ts';
import { startEmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { onFreePort } from './free-port.ts';
import { ownImages } from './images.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { applyKinds, applyTemplates } from './manifests.ts';

export interface SystemOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly log: Log;
  readonly config: Config;
  /** Whether a metadata store is started; one that the configuration names is used in its place. */
  readonly store?: boolean;
  /** Beside our own image: for tests. */
  readonly images?: readonly ImageRuntime[];
}

export interface System {
  readonly server: ApiServer;
  /** The administrator's. */
  readonly client: KubeConnection;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** The metadata store that was started with it. */
  readonly store?: EmbeddedStore;
  /** Default templates that somebody changed, and that stay as they are. */
  readonly keptTemplates: readonly string[];
  /** Ends containers, then the rest; everything that was accepted is stored. */
  close(): Promise<void>;
}

type Close = () => Promise<void> | void;

/** Resolves when scans can be applied. What was started is ended again when something later cannot start. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { dataDir, log } = options;
  const started: Close[] = [];
  const close = async (): Promise<void> => {
    while (started.length > 0) await started.pop()?.();
  };
  try {
    const server = await onFreePort(options.port, (port) => startApiServer({ dataDir, port, log }));
    started.push(() => server.close());
    const client = await connectTo(server);
    started.push(() => client.close());
    const kubeconfig = await writeKubeconfig(dataDir, server.kubeconfig());
    await applyKinds(client);
    const controllers = startLocalControllers({ client, log });
    started.push(() => controllers.stop());
    const store = await startStore(options, server, client);
    if (store) started.push(() => store.close());
    const parts = await Promise.all([
      startNode(options, server, client),
      startScanController(client, { ...options.config, ...store?.config }, log),
      applyTemplates(client, 'default'),
    ]);
    const [node, controller, keptTemplates] = parts;
    started.push(
      () => controller.stop(),
      () => node.stop(),
    );
    return { server, client, kubeconfig, ...(store && { store }), keptTemplates, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connectTo(server: ApiServer): Promise<KubeConnection> {
  return connect({
    config: {
      server: server.url,
      ca: Buffer.from(server.ca),
      namespace: 'default',
      auth: { cert: Buffer.from(server.adminCert), key: Buffer.from(server.adminKey) },
    },
  });
}

async function startStore(
  { store, config, dataDir, log }: SystemOptions,
  server: ApiServer,
  client: KubeConnection,
): Promise<EmbeddedStore | undefined> {
  if (!store || config['metadataStore.url'] !== '') return undefined;
  return startEmbeddedStore({ dataDir, server, client, config, log });
}

function startNode(options: SystemOptions, server: ApiServer, client: KubeConnection) {
  const nodeName = hostname().toLowerCase();
  return startRunner({
    client,
    nodeName,
    dataDir: path.join(options.dataDir, 'node'),
    images: [...(options.images ?? []), ...ownImages(options.dataDir)],
    kubelet: {
      host: '127.0.0.1',
      port: 0,
      tls: { ...server.issueServer(`system:node:${nodeName}`), clientCa: server.ca },
    },
    log: options.log,
  });
}
