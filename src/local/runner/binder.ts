import type { Node, Pod } from '../../kube/builtin-types.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { pods } from '../../kube/resources.ts';
import type { RunnerContext } from './context.ts';
import { podObject } from './image-pull.ts';

/** Whether a pod waits for a scheduler, and ours may take it. */
export function isUnbound(pod: Pod): boolean {
  const { spec, metadata, status } = pod;
  if (!spec || spec.nodeName || metadata.deletionTimestamp || spec.schedulingGates?.length) return false;
  const isDefault = !spec.schedulerName || spec.schedulerName === 'default-scheduler';
  return isDefault && (status?.phase ?? 'Pending') === 'Pending';
}

/** Why the node does not suit the pod (a scheduler's words), or undefined when it does. Only nodeSelector is looked at. */
export function unsuitable(pod: Pod, node: Pick<Node, 'metadata'>): string | undefined {
  const labels = node.metadata.labels ?? {};
  const wanted = Object.entries(pod.spec?.nodeSelector ?? {});
  if (wanted.every(([key, value]) => labels[key] === value)) return undefined;
  return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
}

type Binding = KubeObject & { target: { apiVersion: string; kind: string; name: string } };

/** Gives the pod to our node. False for a pod that is gone or was bound meanwhile. @throws KubeError */
export async function bind(pod: Pod, { client, nodeName, events }: RunnerContext): Promise<boolean> {
  const { name, namespace, uid } = pod.metadata;
  const binding: Binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
  };
  try {
    await client.create(pods, binding, { subresource: 'binding' });
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false;
    throw error;
  }
  events.record(
    podObject(pod),
    'Normal',
    'Scheduled',
    `Successfully assigned ${namespace}/${name} to ${nodeName}`,
  );
  return true;
}

/** Says on the pod that no node suits it. */
export async function sayUnschedulable(
  pod: Pod,
  why: string,
  context: RunnerContext,
  now: string,
): Promise<void> {
  const { name = '', namespace } = pod.metadata;
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: why,
    lastTransitionTime: now,
  };
  const body = { status: { conditions: [...others, condition] } };
  await context.client.patch(pods, { namespace, name }, 'merge', body, { subresource: 'status' });
  context.events.record(podObject(pod), 'Warning', 'FailedScheduling', why);
}
