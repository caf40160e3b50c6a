/** The Secrets of a scan as volumes of its pod (spec.md §6). */
import type { PodSpec } from '../../kube/builtin-types.ts';
import type { SecretVolume } from '../scan-kinds.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

const ownVolumes = ['registry-cred', 'ssh-secret'] as const;

/**
 * The pod with each Secret as the volume of its name. A template that declares the volume is completed: what it says
 * itself stays, a placeholder becomes the Secret. A mount of a volume that neither scan nor template has gets an empty
 * one, so that one template serves public and private sources.
 */
export function withSecretVolumes(pod: PodSpec, secrets: readonly SecretVolume[]): PodSpec {
  const volumes = (pod.volumes ?? []).map((volume) => {
    const secret = secrets.find((candidate) => candidate.volume === volume.name);
    if (secret) return completed(volume, secret, pod);
    return isPlaceholder(volume) && isOwn(volume.name) ? { name: volume.name, emptyDir: {} } : volume;
  });
  for (const secret of secrets)
    if (!volumes.some((volume) => volume.name === secret.volume))
      volumes.push(completed({ name: secret.volume }, secret, pod));
  for (const name of ownVolumes)
    if (isMounted(pod, name) && !volumes.some((volume) => volume.name === name))
      volumes.push({ name, emptyDir: {} });
  return volumes.length === 0 ? pod : { ...pod, volumes };
}

const isOwn = (name: string): boolean => ownVolumes.some((own) => own === name);

/** Sources that can hold no credentials: nothing named, an empty folder, a Secret without a name. */
function isPlaceholder(volume: Volume): boolean {
  const { name: _name, emptyDir: _empty, secret, ...others } = volume;
  if (Object.values(others).some((source) => source !== undefined && source !== null)) return false;
  return !secret?.secretName;
}

function completed(volume: Volume, from: SecretVolume, pod: PodSpec): Volume {
  if (!isPlaceholder(volume)) return volume;
  return {
    name: volume.name,
    secret: {
      defaultMode: fileMode(pod),
      ...(from.file !== undefined && { items: [{ key: from.key, path: from.file }] }),
      ...volume.secret,
      secretName: from.secretName,
    },
  };
}

/**
 * Who may read the files. ssh refuses a key of its own user that others can read, so root gets 0400; the files belong
 * to root, so any other user needs 0444, unless fsGroup hands them over (which makes 0400 into 0440).
 */
function fileMode(pod: PodSpec): number {
  const users = [...(pod.initContainers ?? []), ...pod.containers].map(
    (container) => container.securityContext?.runAsUser ?? pod.securityContext?.runAsUser,
  );
  const owned = pod.securityContext?.fsGroup !== undefined || users.some((user) => user === 0);
  return owned ? 0o400 : 0o444;
}

function isMounted(pod: PodSpec, volume: string): boolean {
  return [...(pod.initContainers ?? []), ...pod.containers].some((container) =>
    container.volumeMounts?.some((mount) => mount.name === volume),
  );
}
