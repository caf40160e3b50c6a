/** The last lines of a container that failed: most of what a person needs to know. */
import type { Pod } from '../../kube/builtin-types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { maskSecrets } from '../../telemetry/mask.ts';
import { cutStart } from '../text.ts';
import { tailOf } from './pod-log.ts';

const lines = 20;
/** In bytes: read of the log, and shown of it. */
const longestRead = 64 * 1024;
const longestShown = 1024;
const patienceMs = 10_000;

/** Empty where there is nothing to be had; never throws. @param fallback what the kubelet kept of the output */
export async function quote(
  client: KubeClient,
  pod: Pod,
  container: string,
  fallback: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const text = (await readTail(client, pod, container, signal)) || (fallback ?? '');
  // Without the control sequences of terminals, which no status renders.
  // oxlint-disable-next-line no-control-regex
  const plain = text
    .replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, '')
    .replaceAll(/[\u0000-\u0008\u000B-\u001F]/g, '');
  return cutStart(maskSecrets(plain).trim(), longestShown);
}

async function readTail(
  client: KubeClient,
  pod: Pod,
  container: string,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, name = '' } = pod.metadata;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const stream = await client.logs({ namespace, name }, { container, tailLines: lines, signal: limited });
    // A single line may be as long as a log: its end is what counts.
    return await tailOf(stream, longestRead);
  } catch {
    return '';
  }
}
