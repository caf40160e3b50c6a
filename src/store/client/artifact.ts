/** What a scan was of, as the store names it, and the query that finds it again (spec.md §8). */
import type { ArtifactRef } from '../db/artifact.ts';

/** The target of a scan's spec. */
export interface ScannedThing {
  readonly image?: string;
  readonly git?: { readonly url: string; readonly revision?: string };
  readonly blob?: { readonly url: string; readonly revision?: string };
}

/**
 * @param resolved digest or commit, as the report says
 * @param fallback stands for what has neither: the store refuses an artifact without
 */
export function artifactOf(thing: ScannedThing, resolved: string | undefined, fallback: string): ArtifactRef {
  if (thing.image !== undefined) return imageOf(thing.image, resolved, fallback);
  // Both given: the blob was scanned, and git says where it came from (spec.md §1).
  const origin = thing.git?.url ?? thing.blob?.url ?? '';
  const sha = resolved ?? thing.blob?.revision ?? thing.git?.revision ?? fallback;
  return { kind: 'source', ...repositoryOf(origin), sha: sha || fallback };
}

/** The reference grammar of container images: the first part is a host when it could not be a folder of Docker Hub. */
function imageOf(image: string, resolved: string | undefined, fallback: string): ArtifactRef {
  const [named = '', digest] = image.split('@');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const rest = hasHost ? named.slice(slash + 1) : named;
  const name = rest.replace(/:[^/:]+$/, '');
  const isDigest = resolved !== undefined && /^sha\d+:[0-9a-f]+$/i.test(resolved);
  return {
    kind: 'image',
    registry: hasHost ? first : 'docker.io',
    name: hasHost || name.includes('/') ? name : `library/${name}`,
    digest: (isDigest ? resolved : digest) ?? (resolved || /:([^/:]+)$/.exec(rest)?.[1] || fallback),
  };
}

/** `https://host/organization/…/repository.git`, `git@host:organization/repository`, and archives likewise. */
function repositoryOf(url: string): { host: string; organization: string; repository: string } {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url);
  const parsed = scp || !URL.canParse(url) ? undefined : new URL(url);
  const host = parsed?.host ?? scp?.[1] ?? '';
  const path = parsed?.pathname ?? scp?.[2] ?? url;
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.pop() ?? '';
  const repository = last.replace(/\.git$/, '') || host || url;
  return { host, organization: parts.join('/'), repository };
}

/** The path and query of the earlier API that find exactly this artifact. */
export function queryOf(artifact: ArtifactRef): string {
  if (artifact.kind === 'image')
    return `/api/images?${new URLSearchParams({ digest: artifact.digest }).toString()}`;
  const { repository: repo, sha, organization: org } = artifact;
  return `/api/sources?${new URLSearchParams({ repo, sha, org }).toString()}`;
}
