/** The metadata store as the configuration names it: secrets are read when they are used (spec.md §9). */
import type { Scan } from '../api/kinds.ts';
import type { Config } from '../config/options.ts';
import type { Secret } from '../kube/builtin-types.ts';
import { isNotFound } from '../kube/errors.ts';
import { secrets } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import type { Report } from '../report/model.ts';
import { artifactOf, sendReport } from '../store/index.ts';
import type { ResultStore } from './result-store.ts';

type StoreConfig = Pick<
  Config,
  | 'namespace'
  | 'metadataStore.url'
  | 'metadataStore.caSecret.name'
  | 'metadataStore.caSecret.importFromNamespace'
  | 'metadataStore.authSecret.name'
  | 'metadataStore.authSecret.importFromNamespace'
>;

/** @param timeoutMs of one attempt; the client's own without it */
export function createStoreClient(client: KubeClient, config: StoreConfig, timeoutMs?: number): ResultStore {
  const url = config['metadataStore.url'];
  return {
    isConfigured: url !== '',
    async send(report, scan, _, signal) {
      if (!/^https?:\/\//.test(url))
        throw new ScanLinkError(
          `${url}: a URL without http:// or https:// is refused; set metadataStore.url`,
          {
            code: 'StoreConfigInvalid',
            retry: 'waiting',
          },
        );
      const [ca, token] = await Promise.all([
        read(client, config, 'ca', 'ca.crt', signal),
        read(client, config, 'auth', 'auth_token', signal),
      ]);
      const { name = '', namespace = '', uid = '' } = scan.metadata;
      return sendReport({
        url,
        ca: url.startsWith('https:') ? ca : undefined,
        token: token?.trim(),
        artifact: artifactOf(thingOf(scan), resolvedOf(report), uid),
        report,
        scan: { namespace, name },
        signal,
        timeoutMs,
      });
    },
  };
}

function thingOf({ spec }: Scan): Parameters<typeof artifactOf>[0] {
  return 'registry' in spec ? { image: spec.registry.image } : { git: spec.git, blob: spec.blob };
}

function resolvedOf({ subject }: Report): string | undefined {
  return subject?.version || undefined;
}

/** Undefined where the configuration names no Secret. A missing one is retried: a store may become ready later. */
async function read(
  client: KubeClient,
  config: StoreConfig,
  which: 'ca' | 'auth',
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = config[`metadataStore.${which}Secret.name`];
  if (name === '') return undefined;
  const namespace = config[`metadataStore.${which}Secret.importFromNamespace`] || config.namespace;
  const where = `${config['metadataStore.url']}: Secret "${name}" in namespace "${namespace}"`;
  const secret = await client.get<Secret>(secrets, { namespace, name }, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    const what = isNotFound(error) ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw unauthorized(`${where} (metadataStore.${which}Secret) ${what}`, error);
  });
  const value = secret.data?.[key];
  if (value === undefined) throw unauthorized(`${where} has no key ${key}`);
  return Buffer.from(value, 'base64').toString();
}

function unauthorized(message: string, cause?: unknown): ScanLinkError {
  return new ScanLinkError(message, { code: 'StoreUnauthorized', retry: 'retryable', cause });
}
