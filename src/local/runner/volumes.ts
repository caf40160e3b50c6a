import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Container, Pod } from '../../kube/builtin-types.ts';
import { fieldValue, resourceValue } from './fields.ts';
import type { Contents, Sources } from './sources.ts';
import type { HostMount } from './types.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type KeyToPath = { key: string; path: string; mode?: number };

/** A file of a volume; `path` is relative to it. */
interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** A volume that cannot be mounted now; the pod waits and tries again. Worded as the kubelet words it. */
export class MountError extends Error {
  constructor(volume: string, why: string) {
    super(`MountVolume.SetUp failed for volume "${volume}" : ${why}`);
  }
}

export interface VolumeOptions {
  /** A folder for this pod's volumes. */
  readonly dir: string;
  readonly sources: Sources;
  /** With a container engine, folders of this machine can be mounted. */
  readonly allowHostPath: boolean;
}

const defaultMode = 0o644;

/**
 * Makes every volume of the pod as a folder, and returns where they are by name. Contents are those of now: a Secret
 * that changes later does not reach a running pod.
 * @throws MountError
 */
export async function mountVolumes(pod: Pod, options: VolumeOptions): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec?.volumes ?? []) {
    folders.set(volume.name, await mountVolume(pod, volume, options));
  }
  return folders;
}

async function mountVolume(pod: Pod, volume: Volume, options: VolumeOptions): Promise<string> {
  const folder = path.join(options.dir, volume.name);
  if (volume.hostPath) {
    if (options.allowHostPath) return volume.hostPath.path;
    throw new MountError(volume.name, 'hostPath needs podman or docker on this machine');
  }
  if (volume.emptyDir) {
    await mkdir(folder, { recursive: true });
    return folder;
  }
  const files = await filesOf(pod, volume, options.sources);
  if (!files) {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
    throw new MountError(volume.name, `volumes of type ${kind} are not supported on this machine`);
  }
  await writeFiles(volume.name, folder, files);
  return folder;
}

/** Undefined for a type that we do not know. */
async function filesOf(pod: Pod, volume: Volume, sources: Sources): Promise<VolumeFile[] | undefined> {
  const namespace = pod.metadata.namespace ?? '';
  if (volume.secret) {
    const { secretName = '', items, optional, defaultMode: mode = defaultMode } = volume.secret;
    const contents = await sources.secret(namespace, secretName);
    return keyFiles(volume.name, 'secret', secretName, contents, { items, optional, mode });
  }
  if (volume.configMap) {
    const { name = '', items, optional, defaultMode: mode = defaultMode } = volume.configMap;
    const contents = await sources.configMap(namespace, name);
    return keyFiles(volume.name, 'configmap', name, contents, { items, optional, mode });
  }
  if (volume.downwardAPI) {
    const { items, defaultMode: mode = defaultMode } = volume.downwardAPI;
    return (items ?? []).map((item) => downwardFile(pod, volume.name, item, mode));
  }
  if (!volume.projected) return undefined;
  const { sources: projections, defaultMode: mode = defaultMode } = volume.projected;
  const files: VolumeFile[] = [];
  for (const projection of projections ?? []) {
    files.push(...(await projectedFiles(pod, volume.name, projection, mode, sources)));
  }
  return files;
}

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

async function projectedFiles(
  pod: Pod,
  volume: string,
  projection: Projection,
  mode: number,
  sources: Sources,
): Promise<VolumeFile[]> {
  const { namespace = '', name: podName = '', uid = '' } = pod.metadata;
  if (projection.secret) {
    const { name = '', items, optional } = projection.secret;
    const contents = await sources.secret(namespace, name);
    return keyFiles(volume, 'secret', name, contents, { items, optional, mode });
  }
  if (projection.configMap) {
    const { name = '', items, optional } = projection.configMap;
    const contents = await sources.configMap(namespace, name);
    return keyFiles(volume, 'configmap', name, contents, { items, optional, mode });
  }
  if (projection.downwardAPI) {
    return (projection.downwardAPI.items ?? []).map((item) => downwardFile(pod, volume, item, mode));
  }
  if (projection.serviceAccountToken) {
    const { path, ...options } = projection.serviceAccountToken;
    const account = pod.spec?.serviceAccountName || 'default';
    const token = await sources.token(namespace, account, { name: podName, uid }, options);
    // Readable by its pod alone, whatever the volume's mode.
    return [{ path, content: Buffer.from(token), mode: 0o600 }];
  }
  throw new MountError(volume, `a projected source of a type that is not supported on this machine`);
}

function keyFiles(
  volume: string,
  kind: 'secret' | 'configmap',
  name: string,
  contents: Contents | undefined,
  options: { items?: KeyToPath[]; optional?: boolean; mode: number },
): VolumeFile[] {
  const { items, optional, mode } = options;
  if (!contents) {
    if (optional) return [];
    throw new MountError(volume, `${kind} "${name}" not found`);
  }
  if (!items?.length) return [...contents].map(([key, content]) => ({ path: key, content, mode }));
  return items.flatMap((item) => {
    const content = contents.get(item.key);
    if (content) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (optional) return [];
    throw new MountError(
      volume,
      `references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${item.key}`,
    );
  });
}

interface DownwardItem {
  path: string;
  mode?: number;
  fieldRef?: { fieldPath: string };
  resourceFieldRef?: { containerName?: string; resource: string; divisor?: string };
}

function downwardFile(pod: Pod, volume: string, item: DownwardItem, mode: number): VolumeFile {
  const text = item.fieldRef
    ? fieldValue(pod, item.fieldRef.fieldPath)
    : resourceText(pod, item.resourceFieldRef);
  if (text === undefined) throw new MountError(volume, `unsupported field for ${item.path}`);
  return { path: item.path, content: Buffer.from(text), mode: item.mode ?? mode };
}

function resourceText(pod: Pod, from: DownwardItem['resourceFieldRef']): string | undefined {
  const container = pod.spec?.containers.find(({ name }) => name === from?.containerName);
  return from && container ? resourceValue(container, from.resource, from.divisor) : undefined;
}

async function writeFiles(volume: string, folder: string, files: readonly VolumeFile[]): Promise<void> {
  // A try that failed half-way may have left files.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    const target = path.join(folder, file.path);
    if (!target.startsWith(folder + path.sep))
      throw new MountError(volume, `path ${file.path} leaves the volume`);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.content, { mode: file.mode });
  }
}

/**
 * Where the container's mounts are on this machine.
 * @throws MountError for a `volumeMount` without its volume, or a subPath that leaves it
 */
export async function hostMounts(
  container: Container,
  folders: ReadonlyMap<string, string>,
): Promise<HostMount[]> {
  const mounts: HostMount[] = [];
  for (const { name, mountPath, subPath, readOnly } of container.volumeMounts ?? []) {
    const folder = folders.get(name);
    if (folder === undefined) throw new MountError(name, 'the pod has no volume of that name');
    const hostPath = path.join(folder, subPath ?? '');
    if (hostPath !== folder && !hostPath.startsWith(folder + path.sep)) {
      throw new MountError(name, `subPath ${subPath} leaves the volume`);
    }
    if (subPath) await mkdir(path.dirname(hostPath), { recursive: true });
    mounts.push({ mountPath, hostPath, readOnly: readOnly ?? false });
  }
  return mounts;
}
