/** Puts the parts together: certificates, store, kinds, background work, listener. */
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { ScanLinkError, messageOf } from '../../lib/errors.ts';
import { followDefinitions } from './background/definitions.ts';
import { Expiry } from './background/expiry.ts';
import { GarbageCollector } from './background/garbage.ts';
import { NamespaceController } from './background/namespaces.ts';
import { loadCertificates } from './certificates.ts';
import type { Certificates } from './certificates.ts';
import { OpenApi } from './discovery/openapi.ts';
import { listen } from './http/listener.ts';
import { route } from './http/router.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { builtinResources } from './resources/builtin.ts';
import { Registry } from './resources/registry.ts';
import { Store } from './storage/store.ts';
import type { ApiServer, ApiServerOptions, ServerLog } from './types.ts';
import type { World } from './world.ts';

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);
const silent: ServerLog = { info() {}, warn() {}, error() {} };

/** What `/version` says: the API is that of this Kubernetes release, the server is not. */
const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+scan-link',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'node',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

function openStore(options: ApiServerOptions): Store {
  return new Store({
    file: join(options.dataDir, 'apiserver.db'),
    clock: options.clock ?? systemClock,
    historyChanges: options.watchHistory?.changes,
    historyBytes: options.watchHistory?.bytes,
    onListenerError: (error) =>
      options.log?.error({ error: messageOf(error) }, 'a listener of the store failed'),
  });
}

/**
 * Starts the server; it answers when the promise resolves.
 * @throws ScanLinkError NotLoopback, PortTaken, DataDirInUse, DatabaseUnusable
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const host = options.host ?? '127.0.0.1';
  if (!loopback.has(host))
    throw new ScanLinkError(`the API server listens on loopback only, and ${host} is not`, {
      code: 'NotLoopback',
    });
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silent;
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const store = openStore(options);
  let certificates: Certificates;
  try {
    certificates = loadCertificates(join(options.dataDir, 'pki'), clock);
  } catch (error) {
    store.close();
    throw error;
  }
  const registry = new Registry();
  for (const resource of builtinResources()) registry.set(resource);
  const world: World = { store, registry, clock, log, random: (below) => randomInt(below) };
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const background = startBackground(world);
  const routes = {
    world,
    openApi: new OpenApi(registry),
    closing: closing.signal,
    version,
    address: `${host}:${options.port ?? 0}`,
    kubeletClient: certificates.kubeletClient,
    tokenKey: certificates.server.key,
  };
  const stop = (): void => {
    background();
    store.close();
  };
  try {
    const listener = await listen({ host, port: options.port ?? 0, certificates, log }, (context) =>
      route(routes, context),
    );
    return handle(host, listener.port, certificates, async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await listener.close();
      stop();
    });
  } catch (error) {
    stop();
    throw error;
  }
}

function startBackground(world: World): () => void {
  const stopDefinitions = followDefinitions(world);
  const garbage = new GarbageCollector(world);
  const namespaces = new NamespaceController(world);
  const expiry = new Expiry(world);
  return () => {
    stopDefinitions();
    garbage.stop();
    namespaces.stop();
    expiry.stop();
  };
}

function handle(
  host: string,
  port: number,
  certificates: Certificates,
  close: () => Promise<void>,
): ApiServer {
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { admin, ca } = certificates;
  return {
    url,
    port,
    ca,
    adminCert: admin.cert,
    adminKey: admin.key,
    kubeconfig: () => kubeconfigText({ url, ca, cert: admin.cert, key: admin.key }),
    issueClient: (commonName, organizations) => certificates.issue('client', { commonName, organizations }),
    issueServer: (commonName) => certificates.issue('server', { commonName }),
    close,
  };
}
