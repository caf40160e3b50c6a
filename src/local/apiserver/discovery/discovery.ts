/** What the server serves, for clients that ask first: `/api`, `/apis`, plain and aggregated. */
import type { Registry } from '../resources/registry.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { Resource, Version } from '../resources/resource.ts';

const aggregated = /g=apidiscovery\.k8s\.io/;

/** `v2` or `v2beta1` when the Accept header wants everything in one answer. */
export function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const part of (accept ?? '').split(',')) {
    if (!aggregated.test(part) || !part.includes('as=APIGroupDiscoveryList')) continue;
    if (!part.trim().startsWith('application/json')) continue;
    if (/v=v2(;|$|\s)/.test(part)) return 'v2';
    if (/v=v2beta1(;|$|\s)/.test(part)) return 'v2beta1';
  }
  return undefined;
}

interface Served {
  readonly resource: Resource;
  readonly version: Version;
}

function inGroup(registry: Registry, group: string): Map<string, Served[]> {
  const versions = new Map<string, Served[]>();
  const resources = registry
    .all()
    .filter((resource) => resource.group === group)
    .toSorted((a, b) => (a.plural < b.plural ? -1 : 1));
  for (const resource of resources)
    for (const version of resource.versions)
      versions.set(version.name, [...(versions.get(version.name) ?? []), { resource, version }]);
  return versions;
}

interface Sub {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

function subresources({ resource, version }: Served): Sub[] {
  const own = { kind: resource.kind, group: resource.group, version: version.name };
  const known: Record<string, Sub> = {
    log: { name: 'log', ...own, verbs: ['get'] },
    binding: { name: 'binding', kind: 'Binding', group: '', version: 'v1', verbs: ['create'] },
    eviction: { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    token: {
      name: 'token',
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      verbs: ['create'],
    },
    finalize: { name: 'finalize', ...own, verbs: ['update'] },
  };
  const status: Sub = { name: 'status', ...own, verbs: ['get', 'patch', 'update'] };
  return [
    ...resource.subresources.flatMap((name) => known[name] ?? []),
    ...(version.hasStatus ? [status] : []),
  ];
}

function aggregatedResource(served: Served): object {
  const { resource, version } = served;
  return {
    resource: resource.plural,
    responseKind: { group: resource.group, version: version.name, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    subresources: subresources(served).map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
      verbs: sub.verbs,
    })),
  };
}

/** The aggregated answer for the core group (`/api`) or for all others (`/apis`). */
export function aggregate(registry: Registry, core: boolean, version: 'v2' | 'v2beta1'): object {
  const groups = registry.groups().filter((group) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group && { name: group }), creationTimestamp: null },
      versions: [...inGroup(registry, group)].map(([name, served]) => ({
        version: name,
        resources: served.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

/** `/api` */
export function coreVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

/** `/apis/GROUP`; undefined for a group without resources. */
export function apiGroup(registry: Registry, group: string): object | undefined {
  const versions = [...inGroup(registry, group).keys()].map((version) => ({
    groupVersion: apiVersionOf(group, version),
    version,
  }));
  if (versions.length === 0) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions, preferredVersion: versions[0] };
}

/** `/apis` */
export function groupList(registry: Registry): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: registry.groups().flatMap((group) => (group === '' ? [] : (apiGroup(registry, group) ?? []))),
  };
}

/** `/api/v1`, `/apis/GROUP/VERSION`; undefined when nothing is served there. */
export function resourceList(registry: Registry, group: string, version: string): object | undefined {
  const served = inGroup(registry, group).get(version);
  if (!served) return undefined;
  const resources = served.flatMap((item) => {
    const { resource } = item;
    const main = {
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: resource.verbs,
      ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
      ...(resource.categories.length > 0 && { categories: resource.categories }),
    };
    const subs = subresources(item).map((sub) => ({
      name: `${resource.plural}/${sub.name}`,
      singularName: '',
      namespaced: resource.namespaced,
      ...((sub.group !== group || sub.version !== version) && { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    }));
    return [main, ...subs];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(group, version), resources };
}
