/** Effects on jobs. Each may be repeated: what is done already stays done. */
import type { Job } from '../../kube/builtin-types.ts';
import { scanLabels } from '../../api/labels.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound, KubeError } from '../../kube/errors.ts';
import { jobs } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { buildJob } from '../job.ts';
import { readPodTemplate } from '../pod/pod-template.ts';
import type { Outcome } from '../summary/outcome.ts';
import type { World } from '../world.ts';
import type { ActDeps } from './deps.ts';

/**
 * Creates the job of the next attempt.
 * @throws KubeError when the server could not be asked; a refusal is an outcome
 */
export async function startJob(
  { client, jobs: options }: ActDeps,
  world: World,
  jobName: string,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; job?: Job }> {
  const reading = readPodTemplate(world.template?.spec.template);
  if (!reading.ok) return { outcome: refusal(jobName, reading.problem) };
  const { kind, scan, policy } = world;
  const job = buildJob({ kind, scan, name: jobName, pod: reading.pod, policy }, options);
  try {
    const created = await client.create<Job>(jobs, job, { signal });
    return { outcome: { is: 'started', jobName }, job: created };
  } catch (error) {
    if (isAlreadyExists(error)) return await existing(client, world, jobName, signal);
    if (isRefusal(error)) return { outcome: refusal(jobName, error.message) };
    throw error;
  }
}

/** Made by us in a life before this one, or somebody else's. */
async function existing(
  client: KubeClient,
  { scan }: World,
  jobName: string,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; job?: Job }> {
  const { namespace, uid } = scan.metadata;
  const labelSelector = `${scanLabels.uid}=${uid}`;
  const list = await client.list<Job>(jobs, { namespace, labelSelector, signal });
  const job = list.items.find(({ metadata }) => metadata.name === jobName && isOwnedBy(metadata, uid));
  if (job) return { outcome: { is: 'started', jobName }, job };
  return { outcome: refusal(jobName, `there is a job of this name that the scan does not own`) };
}

function isOwnedBy(metadata: Job['metadata'], uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

function refusal(jobName: string, why: string): Outcome {
  return {
    is: 'refused',
    jobName,
    failure: { code: 'JobRefused', message: `job ${jobName} was refused: ${why}` },
  };
}

/** The server understood and said no: invalid, forbidden by admission or quota, too large. */
function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.retry === 'terminal' || isForbidden(error));
}

/**
 * Deletes a job. `end`: its pods first, so that as long as one of them runs the job is still there. `clean`: what has
 * ended anyway, so its pods are the garbage collector's.
 */
export async function deleteJob(
  { client }: ActDeps,
  job: Job,
  how: 'end' | 'clean',
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name = '', uid } = job.metadata;
  const propagationPolicy = how === 'end' ? 'Foreground' : 'Background';
  try {
    await client.delete(jobs, { namespace, name }, { propagationPolicy, uid, signal });
  } catch (error) {
    // Gone already, or another job has the name now.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
