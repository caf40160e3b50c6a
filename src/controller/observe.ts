/** Puts the world of one scan together: from the caches, and, where it matters, from the server. */
import { scanLabels } from '../api/labels.ts';
import { scanTemplateKind } from '../api/kinds.ts';
import type { Scan, ScanTemplate } from '../api/kinds.ts';
import type { Event, Job, Pod, Secret } from '../kube/builtin-types.ts';
import { isNotFound } from '../kube/errors.ts';
import type { KubeObject, Resource } from '../kube/objects.ts';
import { events, jobs, pods, secrets } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { joinKey } from '../runtime/keys.ts';
import type { Caches } from './caches.ts';
import { secretProblem } from './prepare.ts';
import type { ResultStore } from './result-store.ts';
import { isSettled, jobNamed, podOf } from './run.ts';
import { scanKindOf } from './scan-kinds.ts';
import type { ScanKindName } from './scan-kinds.ts';
import type { SendMemory } from './send-memory.ts';
import type { ReportShelf } from './shelf/shelf.ts';
import type { TroubleMemory } from './trouble-memory.ts';
import type { Complaint, Rules, World } from './world.ts';

export interface ObserveDeps {
  readonly caches: Pick<Caches, 'templates' | 'policies' | 'jobs' | 'pods'>;
  readonly shelf: ReportShelf;
  readonly store: ResultStore;
  readonly sends: SendMemory;
  readonly troubles: TroubleMemory;
  readonly rules: Rules;
}

/** @param scan as just read from the server */
export function observe(deps: ObserveDeps, kind: ScanKindName, scan: Scan, now: number): World {
  const { caches, shelf, store, rules } = deps;
  const { namespace, uid = '' } = scan.metadata;
  const { scanTemplate, scanPolicy } = scan.spec;
  const world: World = {
    now,
    kind,
    scan,
    template: caches.templates.get(joinKey({ namespace, name: scanTemplate })),
    policy:
      scanPolicy === undefined ? undefined : caches.policies.get(joinKey({ namespace, name: scanPolicy })),
    jobs: caches.jobs.byIndex('scan', uid),
    pods: caches.pods.byIndex('scan', uid),
    looked: undefined,
    complaints: undefined,
    troubleSince: undefined,
    keptReport: shelf.digestOf(uid),
    store: { configured: store.isConfigured, nextSendAt: deps.sends.nextAt(uid) },
    rules,
  };
  return withTrouble(deps, world);
}

/** Since when the pod of the current run shows what it shows. */
function withTrouble({ troubles }: ObserveDeps, world: World): World {
  const { uid = '' } = world.scan.metadata;
  const { status } = world.scan;
  const job = isSettled(status) ? undefined : jobNamed(world, status?.jobName);
  const pod = job && podOf(world, job);
  return { ...world, troubleSince: troubles.since(uid, pod, world.now) };
}

/** Jobs, pods, template and Secrets as the server has them now. */
export async function look(
  client: KubeClient,
  deps: ObserveDeps,
  world: World,
  signal: AbortSignal,
): Promise<World> {
  const { namespace = '', uid = '' } = world.scan.metadata;
  const labelSelector = `${scanLabels.uid}=${uid}`;
  const [jobList, podList, template, problem] = await Promise.all([
    client.list<Job>(jobs, { namespace, labelSelector, signal }),
    client.list<Pod>(pods, { namespace, labelSelector, signal }),
    getOr<ScanTemplate>(client, scanTemplateKind, namespace, world.scan.spec.scanTemplate, signal),
    readSecrets(client, world, namespace, signal),
  ]);
  const looked = {
    ...world,
    jobs: jobList.items,
    pods: podList.items,
    template,
    looked: problem ? { secretProblem: problem } : {},
  };
  return withTrouble(deps, looked);
}

async function readSecrets(client: KubeClient, world: World, namespace: string, signal: AbortSignal) {
  for (const wanted of scanKindOf(world.kind).secrets(world.scan.spec)) {
    const secret = await getOr<Secret>(client, secrets, namespace, wanted.secretName, signal);
    const problem = secretProblem(wanted, secret, namespace);
    if (problem) return problem;
  }
  return undefined;
}

async function getOr<T extends KubeObject>(
  client: KubeClient,
  resource: Resource,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.get<T>(resource, { namespace, name }, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The latest events about a job and its pod: reasons that no status shows. */
export async function ask(
  client: KubeClient,
  about: readonly (Job | Pod | undefined)[],
  namespace: string,
  signal: AbortSignal,
): Promise<Complaint[]> {
  const complaints: Complaint[] = [];
  for (const object of about) {
    if (!object?.metadata.uid) continue;
    const fieldSelector = `involvedObject.uid=${object.metadata.uid}`;
    const list = await client.list<Event>(events, { namespace, fieldSelector, limit: 100, signal });
    for (const event of list.items)
      if (event.type === 'Warning')
        complaints.push({ reason: event.reason ?? '', message: event.message ?? '' });
  }
  // The newest say best what is wrong now.
  return complaints.toReversed();
}
