import type { ObjectKey } from './types.ts';
import type { Resource } from './objects.ts';

export type Query = Record<string, string | number | boolean | undefined>;

/** `/api/v1/namespaces/default/pods` and its kin; without a namespace, all namespaces of a namespaced kind. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/**
 * One object's path.
 * @throws TypeError for a name or namespace that is empty or would name another path: a bug of the caller.
 */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  if (resource.namespaced && !key.namespace)
    throw new TypeError(`${resource.kind} ${key.name}: no namespace`);
  for (const part of [key.name, key.namespace ?? 'x']) {
    if (part === '' || part === '.' || part === '..' || part.includes('/')) {
      throw new TypeError(`${resource.kind}: "${part}" is no name`);
    }
  }
  const path = `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** Path with those parameters that are set. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
