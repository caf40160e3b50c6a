import type { Container, Pod } from '../../kube/builtin-types.ts';
import { parseQuantity } from './quantity.ts';

/** The address that pods of this machine have: they are its processes. */
export const hostAddress = '127.0.0.1';

/** What a `fieldRef` stands for (downward API); undefined for a path that Kubernetes does not know. */
export function fieldValue(pod: Pod, fieldPath: string): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath);
  if (keyed?.[1] && keyed[2]) {
    return pod.metadata[keyed[1] === 'labels' ? 'labels' : 'annotations']?.[keyed[2]] ?? '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return quotedLines(pod.metadata.labels);
    case 'metadata.annotations':
      return quotedLines(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
    case 'status.podIP':
    case 'status.podIPs':
      return hostAddress;
    default:
      return undefined;
  }
}

function quotedLines(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** What a `resourceFieldRef` stands for: whole units of the divisor, rounded up; 0 where nothing is set. */
export function resourceValue(container: Container, resource: string, divisor: string | undefined): string {
  const [side, name] = resource.split('.');
  const quantities = side === 'limits' ? container.resources?.limits : container.resources?.requests;
  const value = parseQuantity(quantities?.[name ?? '']) ?? 0;
  const unit = parseQuantity(divisor) || 1;
  return String(Math.ceil(value / unit));
}
