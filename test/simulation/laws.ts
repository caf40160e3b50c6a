/** What must hold at every step, whatever happened: checked at the API server, on each call of the controller. */
import { scanStatusSchema } from '../../src/api/status-schema.ts';
import type { SourceScan } from '../../src/api/kinds.ts';
import { conditionOf, hasSucceeded, isSettled } from '../../src/controller/run.ts';
import { phaseOf } from '../../src/controller/summary/phase.ts';
import { scanMark, templateMark, triggerIn } from '../../src/controller/trigger.ts';
import { policyDigest } from '../../src/controller/job.ts';
import type { Job, Pod } from '../../src/kube/builtin-types.ts';
import type { FakeKube, Interceptor } from '../fakes/fake-kube.ts';
import { isFinished } from './cluster.ts';
import type { Rest } from './simulation.ts';

/** What a controller leaves behind that has seen everything and has nothing to do now. */
export function checkRest({ scan, policy, template, jobs }: Rest): void {
  const status = scan?.status;
  if (!scan || scan.metadata.deletionTimestamp !== undefined) return;
  const job = jobs.find(({ metadata }) => metadata.name === status?.jobName);
  if (status?.phase === 'Scanning' && !job) throw new Error('Scanning without a job');
  const ran = triggerIn(status?.jobName ?? '');
  const isStale = ran?.scan !== scanMark(scan) || (template && ran.template !== templateMark(template));
  const runs = jobs.filter((one) => !isFinished(one) && one.metadata.deletionTimestamp === undefined);
  if (isStale && runs.length > 0) throw new Error(`job ${runs[0]?.metadata.name} runs for nothing`);
  if (runs.length > 1) throw new Error('two jobs run');
  if (runs[0] && status?.phase !== 'Scanning')
    throw new Error(`a job runs, and the scan is ${status?.phase}`);
  if (!status?.compliantArtifact || scan.spec.scanPolicy === undefined) return;
  if (!policy || status.policyDigest !== policyDigest(policy))
    throw new Error('a compliant artifact that the policy was not asked about');
}

export class Laws {
  /** By scan uid: the names of all jobs that were ever made, in order. */
  readonly made = new Map<string, string[]>();
  readonly deletedByPeople = new Set<string>();
  readonly #kube: FakeKube;
  readonly #now: () => number;
  #lost: string | undefined;
  readonly #isKept: (uid: string) => boolean;

  constructor(kube: FakeKube, now: () => number, isKept: (uid: string) => boolean) {
    this.#kube = kube;
    this.#now = now;
    this.#isKept = isKept;
  }

  readonly check: Interceptor = ({ when, verb, plural, object }) => {
    if (plural === 'jobs' && verb === 'create' && when === 'before') this.#beforeCreate(object as Job);
    if (plural === 'jobs' && verb === 'create' && when === 'after') this.#remember(object as Job);
    if (plural === 'jobs' && verb === 'delete' && when === 'before' && object)
      this.#beforeDelete(object as Job);
    if (plural === 'sourcescans' && verb === 'patch' && when === 'after') this.#status();
  };

  #scan(): SourceScan | undefined {
    return this.#kube.peek<SourceScan>('sourcescans', 'team', 'web');
  }

  #beforeCreate(job: Job): void {
    // Made before and forgotten: the answer is AlreadyExists.
    if (this.#kube.peek('jobs', 'team', job.metadata.name ?? '')) return;
    const uid = job.metadata.ownerReferences?.[0]?.uid ?? '';
    const mine = (object: Job | Pod): boolean => Object.values(object.metadata.labels ?? {}).includes(uid);
    const running = this.#kube.all<Job>('jobs').filter((other) => mine(other) && !isFinished(other));
    if (running.length > 0) throw new Error(`two jobs at once: ${running[0]?.metadata.name}`);
    const live = this.#kube
      .all<Pod>('pods')
      .filter((pod) => mine(pod) && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''));
    if (live.length > 0) throw new Error(`a pod still runs: ${live[0]?.metadata.name}`);
    this.#justify(uid, job);
  }

  /** A second job for one trigger needs a failure whose wait is over, or a changed policy without its report. */
  #justify(uid: string, job: Job): void {
    const names = this.made.get(uid) ?? [];
    const name = job.metadata.name ?? '';
    // A job that a person deletes before any status could name it is one that nobody ever heard of.
    if (names.includes(name) && this.deletedByPeople.delete(name)) return;
    if (names.includes(name)) throw new Error(`job ${name} was made twice`);
    const last = triggerIn(names.at(-1) ?? '');
    const now = triggerIn(name);
    if (!last || last.scan !== now?.scan || last.template !== now.template) return;
    const scan = this.#scan();
    const status = scan?.status;
    if (!scan || scan.metadata.uid !== uid) return;
    if (!isSettled(status)) throw new Error(`job ${name} made while ${status?.jobName} is not settled`);
    const due = Date.parse(status?.failure?.nextRetryAt ?? '');
    if (!hasSucceeded(status) && (status?.failure?.step === 'prepare' || due <= this.#now())) return;
    if (hasSucceeded(status) && scan.spec.scanPolicy !== undefined && !this.#isKept(uid)) return;
    throw new Error(`job ${name} made for nothing: ${JSON.stringify(status)}`);
  }

  #remember(job: Job): void {
    const uid = job.metadata.ownerReferences?.[0]?.uid ?? '';
    const name = job.metadata.name ?? '';
    const names = this.made.get(uid) ?? [];
    if (!names.includes(name)) this.made.set(uid, [...names, name]);
  }

  /** Never before its result was collected (spec.md §6), unless nobody wants that any more. */
  #beforeDelete(job: Job): void {
    const scan = this.#scan();
    if (!scan || scan.metadata.uid !== job.metadata.ownerReferences?.[0]?.uid) return;
    const { name = '' } = job.metadata;
    if (!isFinished(job) || scan.status?.jobName !== name || isSettled(scan.status)) return;
    if (triggerIn(name)?.scan !== scanMark(scan)) return;
    const template = triggerIn(name)?.template;
    if (template !== undefined && this.made.get(scan.metadata.uid ?? '')?.at(-1) !== name) return;
    throw new Error(`job ${name} was deleted before its result was collected`);
  }

  #status(): void {
    const scan = this.#scan();
    const status = scan?.status;
    if (!status) return;
    scanStatusSchema.parse(status);
    if (status.phase !== phaseOf(status.conditions ?? [])) throw new Error(`phase ${status.phase}`);
    if (status.compliantArtifact && conditionOf(status, 'Succeeded')?.status !== 'True')
      throw new Error('a compliant artifact without success');
    if (status.compliantArtifact && conditionOf(status, 'PolicySucceeded')?.status === 'False')
      throw new Error('a compliant artifact in spite of violations');
    if (status.phase === 'Error' && status.failure?.code === 'JobLost' && status.jobName !== this.#lost) {
      this.#lost = status.jobName;
      const job = this.#kube.peek('jobs', 'team', status.jobName ?? '');
      if (job) throw new Error(`job ${status.jobName} is called lost, and is there`);
    }
    if (Buffer.byteLength(JSON.stringify(scan)) > 8192) throw new Error('more than 8 KiB');
  }
}
