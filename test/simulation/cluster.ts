/** The part of a cluster that scans meet: a Job controller, nodes and people, one small step at a time. */
import { cycloneDxText } from '../../src/report/index.ts';
import { aComponent, aFinding, aReport } from '../../src/report/builders.ts';
import type { Job, Pod } from '../../src/kube/builtin-types.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { FakeKube } from '../fakes/fake-kube.ts';

export const goodReport = cycloneDxText(
  aReport({
    subject: { name: 'web', version: 'abc' },
    components: [aComponent({ findings: [aFinding({ id: 'CVE-2024-0001', severity: 'HIGH' })] })],
  }),
  { version: '1.6' },
);

export type PodEnd = 'succeed' | 'truncated' | 'fail' | 'oom' | 'evicted';
export type Stuck = 'image' | 'config' | 'unschedulable';

export class Cluster {
  readonly #kube: FakeKube;
  readonly #clock: Clock;
  /** Jobs that had their pod: there is never a second one. */
  readonly #served = new Set<string>();

  constructor(kube: FakeKube, clock: Clock) {
    this.#kube = kube;
    this.#clock = clock;
  }

  /** One round of the Job controller. */
  controlJobs(): void {
    for (const job of this.#kube.all<Job>('jobs')) {
      if (isFinished(job) || job.metadata.deletionTimestamp !== undefined) continue;
      const pod = this.#podOf(job);
      if (this.#isOverdue(job)) this.#finish(job, 'Failed', 'DeadlineExceeded', pod);
      else if (!pod && !this.#served.has(job.metadata.uid ?? '')) this.#makePod(job);
      else if (pod?.status?.phase === 'Succeeded') this.#finish(job, 'Complete');
      else if (!pod || pod.status?.phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined)
        this.#finish(job, 'Failed', 'BackoffLimitExceeded');
    }
  }

  runPods(): void {
    this.#eachPod('Pending', (pod) => ({
      ...pod,
      status: { ...pod.status, phase: 'Running', containerStatuses: [status({ running: {} })] },
    }));
  }

  stickPods(how: Stuck): void {
    const reason = { image: 'ImagePullBackOff', config: 'CreateContainerConfigError', unschedulable: '' }[
      how
    ];
    this.#eachPod('Pending', (pod) => ({
      ...pod,
      status:
        how === 'unschedulable'
          ? {
              phase: 'Pending',
              conditions: [
                {
                  type: 'PodScheduled',
                  status: 'False',
                  reason: 'Unschedulable',
                  lastTransitionTime: this.#now(),
                },
              ],
            }
          : { phase: 'Pending', containerStatuses: [status({ waiting: { reason } })] },
    }));
  }

  endPods(how: PodEnd): void {
    const exitCode = how === 'succeed' || how === 'truncated' ? 0 : 1;
    this.#eachPod('Running', (pod) => {
      const log =
        { succeed: goodReport, truncated: goodReport.slice(0, 200), fail: 'cannot' }[how as 'fail'] ?? '';
      this.#kube.logs.set(`${pod.metadata.name}/scanner`, log);
      const ended = {
        exitCode,
        startedAt: this.#now(),
        finishedAt: this.#now(),
        ...(how === 'oom' && { reason: 'OOMKilled' }),
      };
      return {
        ...pod,
        status: {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          ...(how === 'evicted' && { reason: 'Evicted', message: 'no memory' }),
          containerStatuses: [status({ terminated: ended })],
        },
      };
    });
  }

  deletePods(): void {
    for (const pod of this.#kube.all<Pod>('pods'))
      this.#kube.update('pods', keyOf(pod), (object) => ({
        ...object,
        metadata: { ...object.metadata, deletionTimestamp: this.#now() },
      }));
  }

  deleteJobs(propagationPolicy: 'Foreground' | 'Background'): void {
    for (const job of this.#kube.all<Job>('jobs'))
      this.#kube.delete('jobs', keyOf(job), { propagationPolicy });
  }

  #makePod(job: Job): void {
    this.#served.add(job.metadata.uid ?? '');
    const name = `${job.metadata.name}-${job.metadata.uid}`;
    this.#kube.create<Pod>('pods', {
      metadata: {
        name,
        namespace: job.metadata.namespace,
        labels: job.spec?.template.metadata?.labels,
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name ?? '', uid: job.metadata.uid ?? '' },
        ],
      },
      spec: { containers: job.spec?.template.spec?.containers ?? [], nodeName: 'node' },
      status: { phase: 'Pending' },
    });
  }

  #finish(job: Job, type: 'Complete' | 'Failed', reason?: string, pod?: Pod): void {
    const time = this.#now();
    this.#kube.update('jobs', keyOf(job), (object) => ({
      ...object,
      status: {
        ...(object.status as object),
        ...(type === 'Complete' && { completionTime: time }),
        conditions: [{ type, status: 'True', reason, lastTransitionTime: time }],
      },
    }));
    if (pod) this.#kube.delete('pods', keyOf(pod));
  }

  #isOverdue(job: Job): boolean {
    const seconds = job.spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY;
    return this.#clock.now() >= Date.parse(job.metadata.creationTimestamp ?? '') + seconds * 1000;
  }

  #podOf(job: Job): Pod | undefined {
    return this.#kube
      .all<Pod>('pods')
      .find((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === job.metadata.uid));
  }

  #eachPod(phase: string, change: (pod: Pod) => Pod): void {
    for (const pod of this.#kube.all<Pod>('pods'))
      if (pod.status?.phase === phase && pod.metadata.deletionTimestamp === undefined)
        this.#kube.update('pods', keyOf(pod), (object) => change(object as Pod));
  }

  #now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }
}

function status(state: object): NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number] {
  return { name: 'scanner', image: 'scan', imageID: '', ready: false, restartCount: 0, state };
}

export function isFinished(job: Job): boolean {
  return job.status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') ?? false;
}

function keyOf(object: Job | Pod): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}
