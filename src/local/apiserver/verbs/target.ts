/** Which resource, version, namespace, name and subresource a path names. */
import { noSuchPath } from '../api-error.ts';
import type { Resource, Version } from '../resources/resource.ts';
import type { Registry } from '../resources/registry.ts';

export interface PathTarget {
  readonly resource: Resource;
  readonly version: Version;
  /** Empty for cluster-scoped kinds, and for all namespaces. */
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** @param rest the path after `/api/v1` or `/apis/GROUP/VERSION` @throws ApiError 404 */
export function targetOf(
  registry: Registry,
  group: string,
  version: string,
  rest: readonly string[],
): PathTarget {
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !isOfNamespace(group, rest);
  const [plural = '', name, ...more] = inNamespace ? rest.slice(2) : rest;
  const found = registry.find(group, version, plural);
  if (!found || more.length > 1) throw noSuchPath();
  const namespaced = found.resource.namespaced;
  if (inNamespace !== namespaced && !(namespaced && name === undefined)) throw noSuchPath();
  return {
    ...found,
    namespace: inNamespace ? (rest[1] ?? '') : '',
    ...(name !== undefined && { name }),
    ...(more[0] !== undefined && { subresource: more[0] }),
  };
}

/** `/namespaces/NAME/status` and `/finalize` are about the namespace itself. */
function isOfNamespace(group: string, rest: readonly string[]): boolean {
  return group === '' && rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}
