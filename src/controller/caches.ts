/** What the controller watches, and the little of it that it keeps. */
import { scanLabels } from '../api/labels.ts';
import type { ImageScan, Scan, ScanPolicy, ScanTemplate, SourceScan } from '../api/kinds.ts';
import type { Container, Job, Pod, PodSpec } from '../kube/builtin-types.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { Indexer, ReadCache } from '../runtime/cache.ts';
import { dropManagedFields } from '../runtime/cache.ts';
import { joinKey } from '../runtime/keys.ts';

export interface Caches {
  readonly scans: { readonly SourceScan: ReadCache<SourceScan>; readonly ImageScan: ReadCache<ImageScan> };
  readonly templates: ReadCache<ScanTemplate>;
  readonly policies: ReadCache<ScanPolicy>;
  /** Ours only, by the label that says so; index `scan`: the scan's uid. */
  readonly jobs: ReadCache<Job>;
  readonly pods: ReadCache<Pod>;
}

/** Index of jobs and pods: whose they are. */
export const byScan: Indexer<KubeObject> = (object) => [object.metadata.labels?.[scanLabels.uid]];

/** Indexes of scans: which template and policy they name, as `namespace/name`. */
export const scanIndexes: Record<'template' | 'policy', Indexer<Scan>> = {
  template: (scan) => [joinKey({ namespace: scan.metadata.namespace, name: scan.spec.scanTemplate })],
  policy: ({ metadata, spec }) =>
    spec.scanPolicy === undefined ? [] : [joinKey({ namespace: metadata.namespace, name: spec.scanPolicy })],
};

/** Jobs and pods carry the policy's text once a container: a cache of thousands needs names only. */
export function slimJob(job: Job): Job {
  const slim = dropManagedFields(job);
  const template = slim.spec?.template;
  if (template?.spec) template.spec = slimPodSpec(template.spec);
  return slim;
}

export function slimPod(pod: Pod): Pod {
  const slim = dropManagedFields(pod);
  if (slim.spec) slim.spec = slimPodSpec(slim.spec);
  return slim;
}

function slimPodSpec(spec: PodSpec): PodSpec {
  const slim = ({ name, image }: Container): Container => ({ name, image });
  return {
    nodeName: spec.nodeName,
    containers: spec.containers.map(slim),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(slim) }),
  };
}

/** A scan is read live before anything is decided: the cache needs only what wakes it. */
export function slimScan<S extends Scan>(scan: S): S {
  const slim = dropManagedFields(scan);
  delete slim.status;
  return slim;
}
