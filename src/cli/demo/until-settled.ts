import type { Scan } from '../../api/kinds.ts';
import type { Resource } from '../../kube/objects.ts';
import type { KubeClient, ObjectKey } from '../../kube/types.ts';

/** Between two looks: a person waits for it, and it is our own server on this machine. */
const lookMs = 50;

/**
 * Waits until the status of the scan speaks of what its spec says and has an outcome.
 * @param onPhase told each phase once, as it comes
 * @returns undefined when `stop` fired first
 */
export async function untilSettled(
  client: KubeClient,
  kind: Resource,
  key: ObjectKey,
  stop: AbortSignal,
  onPhase: (phase: string) => void,
): Promise<Scan | undefined> {
  let shown: string | undefined;
  while (!stop.aborted) {
    const scan = await client.get<Scan>(kind, key);
    const phase = scan.status?.phase ?? 'Pending';
    if (phase !== shown) onPhase(phase);
    shown = phase;
    if (isSettled(scan)) return scan;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return undefined;
}

function isSettled({ metadata, status }: Scan): boolean {
  const isOver = status?.phase === 'Completed' || status?.phase === 'Failed' || status?.phase === 'Error';
  if (!isOver || status.observedGeneration !== metadata.generation) return false;
  // What became of sending comes a moment later, and never when there is nothing to send.
  const isSent = status.conditions?.some((one) => one.type === 'SendingResults');
  return status.phase === 'Error' || isSent === true;
}
