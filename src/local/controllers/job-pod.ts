import { createHash } from 'node:crypto';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { trackingFinalizer } from './job-count.ts';

/** Kubernetes' alphabet for generated names: no vowels, nothing that looks like something else. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxName = 63;

/**
 * The name of a job's n-th pod. The same attempt has the same name, so that a controller that forgot whether it had
 * made the pod is told by the server.
 */
export function podName(job: Job, attempt: number): string {
  const digest = createHash('sha256').update(`${job.metadata.uid}/${attempt}`).digest();
  let suffix = '';
  for (const byte of digest.subarray(0, suffixLength)) suffix += alphabet[byte % alphabet.length];
  return `${(job.metadata.name ?? '').slice(0, maxName - suffixLength - 1)}-${suffix}`;
}

export function podOf(job: Job, attempt: number): Pod {
  const { name = '', namespace, uid = '' } = job.metadata;
  const template = job.spec?.template;
  const labels = {
    ...template?.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(job, attempt),
      namespace,
      labels,
      annotations: template?.metadata?.annotations,
      finalizers: [...(template?.metadata?.finalizers ?? []), trackingFinalizer],
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template?.spec,
  };
}
