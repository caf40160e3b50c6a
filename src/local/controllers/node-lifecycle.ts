import type { Lease, Pod } from '../../kube/builtin-types.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ReadCache } from '../../runtime/cache.ts';
import { createController, done, requeueAfter } from '../../runtime/controller.ts';
import type { Controller } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Log } from '../../lib/log.ts';
import { isEnded } from './job-count.ts';

export interface NodeLifecycleOptions {
  readonly client: KubeClient;
  readonly pods: ReadCache<Pod>;
  /** Of the namespace `kube-node-lease`. */
  readonly leases: ReadCache<Lease>;
  readonly clock: Clock;
  readonly log: Log;
  /** A node whose lease did not change for so long is lost (default 60 s; leases are renewed every 10). */
  readonly patienceMs?: number;
}

/**
 * Fails the pods of nodes that fell silent, so that nobody waits for them: the part of Kubernetes' node lifecycle that
 * jobs need. A lease counts as renewed when we see it change; the node's clock is not asked.
 */
export function createNodeLifecycle(options: NodeLifecycleOptions): Controller {
  const { client, clock, leases, patienceMs = 60_000 } = options;
  const began = clock.now();
  const seen = new Map<string, number>();

  const reconcile = async (key: string) => {
    const pod = options.pods.get(key);
    const node = pod?.spec?.nodeName;
    if (!pod || !node || isEnded(pod)) return done;
    // A node that we never saw gets its time from our own start.
    const left = (seen.get(node) ?? began) + patienceMs - clock.now();
    if (left > 0) return requeueAfter(left);
    const { name = '', namespace, uid } = pod.metadata;
    const message = `Node ${node} which was running pod ${name} is unresponsive`;
    const status = { phase: 'Failed', reason: 'NodeLost', message };
    try {
      await client.patch(
        pods,
        { namespace, name },
        'merge',
        { metadata: { uid }, status },
        { subresource: 'status' },
      );
      if (pod.metadata.deletionTimestamp) {
        await client.delete(pods, { namespace, name }, { uid, gracePeriodSeconds: 0 });
      }
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return done;
  };

  const controller = createController({
    name: 'node-lifecycle',
    reconcile,
    workers: 1,
    clock,
    log: options.log,
  });
  leases.onChange(({ type, object }) => {
    if (type !== 'deleted') seen.set(object.metadata.name ?? '', clock.now());
  });
  options.pods.onChange(({ type, object }) => {
    if (type !== 'deleted' && object.spec?.nodeName && !isEnded(object)) controller.queue.add(keyOf(object));
  });
  return controller;
}
