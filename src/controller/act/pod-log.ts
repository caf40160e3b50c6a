/** What a pod printed, and when it ran. */
import type { Readable } from 'node:stream';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { createdAt, finishedAt, timeOf } from '../run.ts';
import { seconds } from '../summary/times.ts';
import { allStatuses } from '../trouble.ts';
import type { ActDeps } from './deps.ts';

/** @throws KubeError */
export function openLog(
  { client }: ActDeps,
  pod: Pod,
  container: string,
  signal: AbortSignal,
): Promise<Readable> {
  const { namespace, name = '' } = pod.metadata;
  return client.logs({ namespace, name }, { container, signal });
}

/** The last `bytes` bytes of a stream as text; memory is bounded whatever it carries. */
export async function tailOf(stream: AsyncIterable<unknown>, bytes: number): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) {
    tail = Buffer.concat([tail, chunk as Buffer]);
    if (tail.length > 2 * bytes) tail = tail.subarray(tail.length - bytes);
  }
  return tail.subarray(Math.max(0, tail.length - bytes)).toString('utf8');
}

/** Seconds from the job's creation until a container ran, and from then until it ended; none where nobody says. */
export function podTimings(job: Job, pod: Pod): Record<string, number> {
  const starts = allStatuses(pod)
    .map((status) => timeOf(status.state?.terminated?.startedAt))
    .filter((time) => time !== undefined);
  const ended = finishedAt(job);
  if (starts.length === 0 || ended === undefined) return {};
  const first = Math.min(...starts);
  return { start: seconds((first - createdAt(job)) / 1000), scan: seconds((ended - first) / 1000) };
}
