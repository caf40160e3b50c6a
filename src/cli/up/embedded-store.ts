/** The metadata store that comes with `up`: SQLite in the data folder, TLS by the API server's authority. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config/options.ts';
import { isAlreadyExists } from '../../kube/errors.ts';
import { namespaces, secrets } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Log } from '../../lib/log.ts';
import type { ApiServer } from '../../local/apiserver/index.ts';
import type { StoreDb } from '../../store/manage.ts';
import { startLazyStore } from '../../store/http/lazy.ts';
import { onFreePort } from './free-port.ts';

export interface EmbeddedStore {
  readonly url: string;
  /** Files: the authority to check it by, and a token that may read. */
  readonly caFile: string;
  readonly tokenFile: string;
  /** What the controller has to know. */
  readonly config: Partial<Config>;
  close(): Promise<void>;
}

export interface EmbeddedStoreOptions {
  readonly dataDir: string;
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly config: Config;
  readonly log: Log;
}

const caSecret = 'app-tls-cert';
const authSecret = 'metadata-store-auth';

/** Resolves when the store can be asked; most of it is loaded by the first who asks. */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { server, client, config, log } = options;
  const folder = path.join(options.dataDir, 'store');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { openStoreDb } = await import('../../store/manage.ts');
  const store = await openStoreDb({ location: path.join(folder, 'store.db'), log });
  try {
    const wanted = earlierPort(folder) ?? (server.port < 65_535 ? server.port + 1 : 0);
    const tls = server.issueServer('scan-link-metadata-store');
    const listener = await onFreePort(wanted, (port) => startLazyStore({ store, port, tls, log }));
    const caFile = keep(folder, 'ca.crt', server.ca);
    keep(folder, 'port', String(listener.port));
    const tokenFile = path.join(folder, 'token');
    await keepTokens(store, client, config.namespace, server.ca, tokenFile);
    return {
      url: listener.url,
      caFile,
      tokenFile,
      config: {
        'metadataStore.url': listener.url,
        'metadataStore.caSecret.name': caSecret,
        'metadataStore.caSecret.importFromNamespace': '',
        'metadataStore.authSecret.name': authSecret,
        'metadataStore.authSecret.importFromNamespace': '',
      },
      async close() {
        await listener.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** With the same one every metadataUrl of earlier starts still opens. */
function earlierPort(folder: string): number | undefined {
  const port = Number(read(path.join(folder, 'port')));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function keep(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}

/** Tokens of earlier starts stay as they are, if they still open the store. */
async function keepTokens(
  store: StoreDb,
  client: KubeClient,
  namespace: string,
  ca: string,
  tokenFile: string,
): Promise<void> {
  const { createToken, findToken } = await import('../../store/manage.ts');
  const tokenOf = async (file: string, name: string, role: 'read' | 'write'): Promise<string> => {
    const known = read(file);
    if (known !== '' && (await findToken(store, known))) return known;
    const { token } = await createToken(store, { name, role });
    return read(keep(path.dirname(file), path.basename(file), token));
  };
  await tokenOf(tokenFile, 'printed by scanlink up', 'read');
  const token = await tokenOf(`${tokenFile}.controller`, 'controller of scanlink up', 'write');
  await client
    .create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  const contents: [name: string, key: string, value: string][] = [
    [caSecret, 'ca.crt', ca],
    [authSecret, 'auth_token', token],
  ];
  for (const [name, key, value] of contents) {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      data: { [key]: Buffer.from(value).toString('base64') },
    };
    await client.patch(secrets, { namespace, name }, 'apply', secret, {
      fieldManager: 'scanlink-up',
      force: true,
    });
  }
}
