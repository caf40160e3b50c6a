import type { KubeObject } from '../kube/objects.ts';
import type { ObjectKey } from '../kube/types.ts';

/** `namespace/name`, or `name` for cluster-scoped objects: what queues and caches are keyed by. */
export function keyOf(object: KubeObject): string {
  return joinKey({ namespace: object.metadata.namespace, name: object.metadata.name ?? '' });
}

export function joinKey({ namespace, name }: ObjectKey): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function splitKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
