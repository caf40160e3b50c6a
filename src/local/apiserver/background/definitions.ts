/** Keeps the registry in step with the CustomResourceDefinitions that are stored. */
import type { Change, Stored } from '../storage/stored.ts';
import { definedResource } from '../resources/definitions.ts';
import { textAt } from '../resources/resource.ts';
import type { World } from '../world.ts';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

/** Serves what is defined, now and from now on; the returned function stops it. */
export function followDefinitions(world: World): () => void {
  const { store, registry } = world;
  const define = (stored: Stored): void => {
    const group = textAt(stored.object, 'spec', 'group');
    const plural = textAt(stored.object, 'spec', 'names', 'plural');
    const resource = definedResource(stored.object);
    const known = registry.get(group, plural);
    if (known && !known.custom) return;
    if (resource) registry.set(resource);
    else registry.delete(group, plural);
  };
  for (const stored of store.all(definitions)) define(stored);
  return store.listen((change: Change) => {
    if (change.stored.resource !== definitions) return;
    if (change.type !== 'DELETED') {
      const before = change.previous?.object;
      // A status write changes nothing that is served.
      if (before && JSON.stringify(before['spec']) === JSON.stringify(change.stored.object['spec'])) return;
      define(change.stored);
      return;
    }
    const group = textAt(change.stored.object, 'spec', 'group');
    const plural = textAt(change.stored.object, 'spec', 'names', 'plural');
    if (registry.get(group, plural)?.custom !== true) return;
    setImmediate(() => {
      if (store.get(definitions, '', change.stored.name)) return;
      for (const stored of [...store.all(`${plural}.${group}`)]) store.remove(stored);
      registry.delete(group, plural);
    });
  });
}
