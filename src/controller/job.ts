/** The Job of one attempt (spec.md §6). */
import { createHash } from 'node:crypto';
import { group, version } from '../api/kinds.ts';
import type { Scan, ScanPolicy } from '../api/kinds.ts';
import { policyDigestAnnotation, scanLabels } from '../api/labels.ts';
import type { Job, PodSpec } from '../kube/builtin-types.ts';
import { buildPodSpec } from './pod/pod-spec.ts';
import type { PodParts } from './pod/pod-spec.ts';
import { scanKindOf } from './scan-kinds.ts';
import type { ScanKindName } from './scan-kinds.ts';

export interface JobOptions {
  readonly deadlineSeconds: number;
  readonly resources?: PodParts['resources'];
}

export interface JobParts {
  readonly kind: ScanKindName;
  readonly scan: Scan;
  readonly name: string;
  /** The template's pod, as `readPodTemplate` returned it. */
  readonly pod: PodSpec;
  readonly policy?: ScanPolicy | undefined;
}

/** The same parts give the same Job, byte for byte. */
export function buildJob(parts: JobParts, options: JobOptions): Job {
  const { scan, kind } = parts;
  const labels = labelsOf(kind, scan);
  const row = scanKindOf(kind);
  const annotations = parts.policy && { [policyDigestAnnotation]: policyDigest(parts.policy) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: parts.name,
      namespace: scan.metadata.namespace,
      labels,
      ...(annotations && { annotations }),
      ownerReferences: [
        {
          apiVersion: `${group}/${version}`,
          kind,
          name: scan.metadata.name ?? '',
          uid: scan.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: 0,
      // A template's own deadline is the pod's; the job's counts from before the pod was there.
      activeDeadlineSeconds: parts.pod.activeDeadlineSeconds ?? options.deadlineSeconds,
      template: {
        metadata: { labels },
        spec: buildPodSpec(parts.pod, {
          env: { ...row.env(scan.spec), ...commonEnv(parts) },
          secrets: row.secrets(scan.spec),
          resources: options.resources,
        }),
      },
    },
  };
}

function commonEnv({ kind, scan, policy }: JobParts): Record<string, string> {
  return {
    POLICY: policy?.spec.regoFile ?? '',
    SCAN_KIND: kind,
    SCAN_NAME: scan.metadata.name ?? '',
    SCAN_NAMESPACE: scan.metadata.namespace ?? '',
  };
}

function labelsOf(kind: ScanKindName, scan: Scan): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'scan-link',
    [scanLabels.kind]: kind,
    [scanLabels.name]: labelValue(scan.metadata.name ?? ''),
    [scanLabels.uid]: scan.metadata.uid ?? '',
  };
}

/** A label's value has at most 63 characters and ends alphanumeric; a name may have 253. */
function labelValue(name: string): string {
  return name.slice(0, 63).replace(/[^a-zA-Z0-9]+$/, '');
}

/** Which text a verdict speaks of: `status.policyDigest`. */
export function policyDigest(policy: ScanPolicy): string {
  return `sha256:${createHash('sha256').update(policy.spec.regoFile).digest('hex')}`;
}
