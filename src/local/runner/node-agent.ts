import { cpus, totalmem } from 'node:os';
import type { Lease, Node } from '../../kube/builtin-types.ts';
import { isAlreadyExists, isNotFound } from '../../kube/errors.ts';
import { leases, namespaces, nodes } from '../../kube/resources.ts';
import { kubeMicroTime, kubeTime } from '../../kube/time.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { sleep } from '../../runtime/reflector.ts';

export interface NodeAgentOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** Where logs are asked for. */
  readonly kubeletPort: number;
  readonly maxPods: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const leaseNamespace = 'kube-node-lease';
/** The kubelet's: a lease every 10 s that lasts 40, a status every 5 min. */
const leaseMs = 10_000;
const leaseSeconds = 40;
const statusMs = 300_000;
const retryMs = 2_000;

/** Makes this machine a node of the cluster and keeps it one until the signal fires. Resolves when it is registered. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<{ finished: Promise<void> }> {
  const { clock, log, signal } = options;
  while (!signal.aborted) {
    try {
      await register(options);
      break;
    } catch (error) {
      log.warn({ node: options.nodeName, error: messageOf(error) }, 'node not registered, trying again');
      await sleep(clock, retryMs, signal);
    }
  }
  return { finished: keepAlive(options) };
}

async function keepAlive(options: NodeAgentOptions): Promise<void> {
  const { clock, log, signal } = options;
  let statusAt = clock.now();
  while (!signal.aborted) {
    await sleep(clock, leaseMs, signal);
    if (signal.aborted) return;
    try {
      await renewLease(options);
      if (clock.now() - statusAt < statusMs) continue;
      await register(options);
      statusAt = clock.now();
    } catch (error) {
      log.warn({ node: options.nodeName, error: messageOf(error) }, 'node heartbeat failed');
    }
  }
}

async function register(options: NodeAgentOptions): Promise<void> {
  const { client, nodeName } = options;
  const labels = {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': process.platform === 'win32' ? 'windows' : process.platform,
    'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
  };
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels } };
  try {
    await client.create(nodes, node);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await client.patch(nodes, { name: nodeName }, 'merge', { metadata: { labels } });
  }
  const status = nodeStatus(options);
  await client.patch(nodes, { name: nodeName }, 'merge', { status }, { subresource: 'status' });
  await renewLease(options);
}

function nodeStatus({
  nodeName,
  kubeletPort,
  maxPods,
  clock,
}: NodeAgentOptions): NonNullable<Node['status']> {
  const now = kubeTime(clock.now());
  const capacity = {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(maxPods),
  };
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    conditions: [
      condition(
        'MemoryPressure',
        'False',
        'KubeletHasSufficientMemory',
        'kubelet has sufficient memory available',
      ),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'the runner is ready'),
    ],
    nodeInfo: {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      operatingSystem: process.platform,
      kubeletVersion: 'v1.36.0-scan-link',
      kubeProxyVersion: '',
      containerRuntimeVersion: 'process://1',
      kernelVersion: '',
      osImage: 'processes of this machine',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
}

async function renewLease({ client, nodeName, clock }: NodeAgentOptions): Promise<void> {
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: leaseSeconds,
    renewTime: kubeMicroTime(clock.now()),
  };
  const key = { namespace: leaseNamespace, name: nodeName };
  try {
    await client.patch(leases, key, 'merge', { spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await createLease(client, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec });
  }
}

/** The namespace is there on a real cluster; a smaller server may not make it by itself. */
async function createLease(client: KubeClient, lease: Lease): Promise<void> {
  try {
    await client.create(leases, lease);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } };
    await client.create(namespaces, namespace);
    await client.create(leases, lease);
  }
}
