/** A kubeconfig with everything embedded, so that one file is all a client needs. */

export interface KubeconfigParts {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** YAML; cluster, user and context are all called `scan-link`. */
export function kubeconfigText(parts: KubeconfigParts): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: scan-link
    cluster:
      server: ${parts.url}
      certificate-authority-data: ${base64(parts.ca)}
users:
  - name: scan-link
    user:
      client-certificate-data: ${base64(parts.cert)}
      client-key-data: ${base64(parts.key)}
contexts:
  - name: scan-link
    context:
      cluster: scan-link
      user: scan-link
      namespace: default
current-context: scan-link
`;
}
