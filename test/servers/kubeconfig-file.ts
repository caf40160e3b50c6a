import { writeFile } from 'node:fs/promises';

import { stringify } from 'yaml';

/** Who a kubeconfig speaks as: by client certificate (PEM), or by bearer token. */
export type KubeconfigUser = { cert: string; key: string } | { token: string };

/** Writes a kubeconfig with one cluster, one user and one context, readable by its owner only. */
export async function writeKubeconfig(
  file: string,
  cluster: { url: string; ca: string; namespace?: string },
  user: KubeconfigUser,
): Promise<void> {
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server: cluster.url, 'certificate-authority-data': base64(cluster.ca) } },
    ],
    users: [{ name: 'test', user: userEntry(user) }],
    contexts: [
      { name: 'test', context: { cluster: 'test', user: 'test', namespace: cluster.namespace ?? 'default' } },
    ],
  };
  await writeFile(file, stringify(document), { mode: 0o600 });
}

function userEntry(user: KubeconfigUser): Record<string, string> {
  if ('token' in user) return { token: user.token };
  return { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
