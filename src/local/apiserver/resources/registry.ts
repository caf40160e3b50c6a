/** Every resource that is served, by group and plural. Definitions come and go; `changed` counts them for caches. */
import type { Resource, Version } from './resource.ts';

export class Registry {
  readonly #resources = new Map<string, Resource>();
  /** Grows with every change: discovery and OpenAPI documents made before are stale. */
  changed = 0;

  set(resource: Resource): void {
    this.#resources.set(idOf(resource.group, resource.plural), resource);
    this.changed += 1;
  }

  delete(group: string, plural: string): void {
    if (this.#resources.delete(idOf(group, plural))) this.changed += 1;
  }

  get(group: string, plural: string): Resource | undefined {
    return this.#resources.get(idOf(group, plural));
  }

  /** The resource and the version of it that a path names. */
  find(group: string, version: string, plural: string): { resource: Resource; version: Version } | undefined {
    const resource = this.get(group, plural);
    const found = resource?.versions.find((candidate) => candidate.name === version);
    return resource && found && { resource, version: found };
  }

  byKind(group: string, kind: string): Resource | undefined {
    for (const resource of this.#resources.values())
      if (resource.group === group && resource.kind === kind) return resource;
    return undefined;
  }

  /** By the store's key; a view of somebody else's objects is not meant. */
  byKey(key: string): Resource | undefined {
    for (const resource of this.#resources.values())
      if (resource.key === key && !resource.view) return resource;
    return undefined;
  }

  all(): Resource[] {
    return [...this.#resources.values()];
  }

  groups(): string[] {
    return [...new Set(this.all().map((resource) => resource.group))].toSorted();
  }
}

const idOf = (group: string, plural: string): string => `${group}/${plural}`;
