/**
 * Everything in which the two kinds of scan differ: one row each. All other code of the controller knows only scans.
 */
import { imageScanKind, sourceScanKind } from '../api/kinds.ts';
import type { ImageScan, Kind, Scan, SourceScan } from '../api/kinds.ts';
import type { Artifact } from '../api/status-schema.ts';

/** A volume that a Secret of the scan becomes (spec.md §6). */
export interface SecretVolume {
  readonly volume: 'registry-cred' | 'ssh-secret';
  readonly secretName: string;
  /** The key the Secret must hold. */
  readonly key: string;
  /** The file it becomes; every key under its own name without it. */
  readonly file?: string;
}

export interface ScanKind<S extends Scan = Scan> {
  readonly kind: Kind & { readonly kind: 'SourceScan' | 'ImageScan' };
  /** Environment of every container; spec.md §6. Empty where the scan does not say, so that `set -u` scripts run. */
  env(spec: S['spec']): Record<string, string>;
  secrets(spec: S['spec']): SecretVolume[];
  /**
   * `status.artifact`: the URL of the spec, with what it was resolved to.
   * @param revision digest or commit, as the report says
   */
  artifact(spec: S['spec'], revision: string | undefined): Artifact;
}

const imageScans: ScanKind<ImageScan> = {
  kind: { ...imageScanKind, kind: 'ImageScan' },
  env: (spec) => ({ IMAGE: spec.registry.image }),
  secrets: ({ registry }) =>
    registry.imagePullSecret === undefined
      ? []
      : [
          {
            volume: 'registry-cred',
            secretName: registry.imagePullSecret,
            key: '.dockerconfigjson',
            file: 'config.json',
          },
        ],
  artifact: ({ registry }, revision) => ({
    registry: {
      image: withDigest(registry.image, revision),
      ...(registry.imagePullSecret !== undefined && { imagePullSecret: registry.imagePullSecret }),
    },
  }),
};

const sourceScans: ScanKind<SourceScan> = {
  kind: { ...sourceScanKind, kind: 'SourceScan' },
  env: ({ blob, git }) => ({
    REPOSITORY: blob?.url ?? git?.url ?? '',
    REVISION: (blob ? blob.revision : git?.revision) ?? '',
    KNOWN_HOSTS: git?.knownHosts ?? '',
    GIT_USERNAME: git ? (git.username ?? 'git') : '',
  }),
  secrets: ({ git }) =>
    git?.sshKeySecret === undefined
      ? []
      : [{ volume: 'ssh-secret', secretName: git.sshKeySecret, key: 'ssh-privatekey' }],
  // Both given: the blob was scanned, and git only says where it came from (spec.md §1).
  artifact: ({ blob, git }, revision) => {
    if (blob) return { blob: { url: blob.url, ...resolved(revision ?? blob.revision) } };
    if (git) return { git: { url: git.url, ...resolved(revision ?? git.revision) } };
    return {};
  },
};

function resolved(revision: string | undefined): { revision?: string } {
  return revision ? { revision } : {};
}

const digest = /^sha\d+:[0-9a-f]+$/i;

/** `name:tag` with the digest it was resolved to. A report's version that is a tag says nothing new. */
function withDigest(image: string, revision: string | undefined): string {
  if (image.includes('@') || revision === undefined || !digest.test(revision)) return image;
  return `${image}@${revision}`;
}

/** The rows by name; the names are those of `metadata` objects and of queue keys. */
export const scanKinds = { SourceScan: sourceScans, ImageScan: imageScans } as const;
export type ScanKindName = keyof typeof scanKinds;

export function isScanKindName(name: string): name is ScanKindName {
  return Object.hasOwn(scanKinds, name);
}

/** The row of one kind, for code that treats scans alike: a scan is only ever handed to the row of its own kind. */
export function scanKindOf(name: ScanKindName): ScanKind {
  return scanKinds[name];
}
