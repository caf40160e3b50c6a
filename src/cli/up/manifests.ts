/** The manifests that come with the program, brought to the API server. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { parse } from 'yaml';
import { crds } from '../../api/crds.ts';
import { scanTemplateKind } from '../../api/kinds.ts';
import type { ScanTemplate } from '../../api/kinds.ts';
import { isConflict } from '../../kube/errors.ts';
import type { KubeObject, Resource } from '../../kube/objects.ts';
import { customResourceDefinitions } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';

/** Who the fields that we set belong to. */
const fieldManager = 'scanlink-up';

/** Our four kinds: they are ours alone, so that a newer program brings newer schemas. */
export async function applyKinds(client: KubeClient): Promise<void> {
  await Promise.all(
    crds().map((crd) =>
      client.patch(customResourceDefinitions, { name: crd.metadata.name }, 'apply', crd, {
        fieldManager,
        force: true,
      }),
    ),
  );
  await Promise.all(crds().map((crd) => untilServed(client, crd.metadata.name)));
}

/** A new kind is served a moment after its definition was accepted. */
async function untilServed(client: KubeClient, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const crd = await client.get<
      KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
    >(customResourceDefinitions, { name });
    if (crd.status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * The default templates into a namespace. Fields that somebody else has changed stay as they are.
 * @returns names of the templates that somebody has changed
 */
export async function applyTemplates(client: KubeClient, namespace: string): Promise<string[]> {
  const changed: string[] = [];
  for (const template of await defaultTemplates()) {
    if (!(await applyUnforced(client, scanTemplateKind, template, namespace)))
      changed.push(template.metadata.name ?? '');
  }
  return changed;
}

/** The five of spec.md §9, from the same files that kustomize applies. */
export async function defaultTemplates(): Promise<ScanTemplate[]> {
  const folder = fileURLToPath(new URL('../../../deploy/templates/', import.meta.url));
  const files = (await readdir(folder)).filter((name) => name.endsWith('-template.yaml')).toSorted();
  return Promise.all(
    files.map(async (name) => parse(await readFile(path.join(folder, name), 'utf8')) as ScanTemplate),
  );
}

/** Server-side apply that gives way: false when a field belongs to somebody else. */
export async function applyUnforced(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
  namespace: string,
): Promise<boolean> {
  const { name = '' } = object.metadata;
  try {
    await client.patch(resource, { namespace, name }, 'apply', withNamespace(object, namespace), {
      fieldManager,
    });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

function withNamespace(object: KubeObject, namespace: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}
