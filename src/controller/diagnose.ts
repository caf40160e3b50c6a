/** What a job that ended badly died of: one failure, and the container whose last lines explain it. */
import type { Failure, FailureCode } from '../api/failures.ts';
import type { ContainerStatus, Job, Pod } from '../kube/builtin-types.ts';
import { isDeleting } from './run.ts';
import { allStatuses } from './trouble.ts';

export interface Diagnosis {
  readonly failure: Failure;
  /** Its last lines belong behind the message. */
  readonly quote?: { readonly container: string; readonly fallback?: string };
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** Reasons that kubelets and controllers give for ending a pod as a whole (`status.reason`, DisruptionTarget). */
const podReasons: Record<string, FailureCode> = {
  Evicted: 'PodEvicted',
  EvictionByEvictionAPI: 'PodEvicted',
  PreemptionByScheduler: 'PodEvicted',
  PreemptionByKubeScheduler: 'PodEvicted',
  Preempting: 'PodEvicted',
  TerminationByKubelet: 'PodEvicted',
  NodeLost: 'NodeLost',
  NodeShutdown: 'NodeLost',
  Shutdown: 'NodeLost',
  Terminated: 'NodeLost',
  DeletionByTaintManager: 'NodeLost',
  DeletionByPodGC: 'NodeLost',
  DeadlineExceeded: 'DeadlineExceeded',
  NodeAffinity: 'PodUnschedulable',
  UnexpectedAdmissionError: 'PodUnschedulable',
};

/**
 * @param job one that has failed
 * @param pod its pod, where it is still there
 */
export function diagnose(job: Job, pod: Pod | undefined): Diagnosis {
  const failed = job.status?.conditions?.find(
    (condition) => condition.type === 'Failed' && condition.status === 'True',
  );
  if (failed?.reason === 'DeadlineExceeded') return deadline(job, pod);
  if (!pod) return lost(job);
  return (
    endedAsAWhole(pod) ??
    endedByDeletion(pod, job) ??
    endedByContainer(pod) ?? {
      failure: {
        code: 'ContainerFailed',
        message: `job ${job.metadata.name} failed: ${failed?.message ?? failed?.reason ?? 'no reason was given'}`,
      },
    }
  );
}

function deadline(job: Job, pod: Pod | undefined): Diagnosis {
  const seconds = job.spec?.activeDeadlineSeconds;
  const unfinished = pod && allStatuses(pod).find((status) => !status.state?.terminated);
  const at = unfinished ? `; container "${unfinished.name}" had not ended` : '';
  return {
    failure: {
      code: 'DeadlineExceeded',
      message: `the scan did not end within its deadline of ${seconds} s${at}`,
    },
  };
}

function lost(job: Job): Diagnosis {
  const message = `the pod of job ${job.metadata.name} was deleted before it ended`;
  return { failure: { code: 'PodLost', message } };
}

function endedAsAWhole(pod: Pod): Diagnosis | undefined {
  const disruption = pod.status?.conditions?.find(
    (condition) => condition.type === 'DisruptionTarget' && condition.status === 'True',
  );
  const reason = [pod.status?.reason, disruption?.reason].find(
    (candidate) => candidate !== undefined && codeOf(candidate) !== undefined,
  );
  const code = reason === undefined ? undefined : codeOf(reason);
  if (reason === undefined || code === undefined) return undefined;
  const why = pod.status?.message || disruption?.message || 'no more was said';
  const what =
    code === 'DeadlineExceeded' ? 'did not end within its deadline' : `was ended from outside (${reason})`;
  return { failure: { code, message: `pod ${pod.metadata.name} ${what}: ${why}` } };
}

/** Somebody deleted the pod: its containers end by the signals that a kubelet sends then. */
function endedByDeletion(pod: Pod, job: Job): Diagnosis | undefined {
  if (!isDeleting(pod)) return undefined;
  const exitCodes = allStatuses(pod).map((status) => status.state?.terminated?.exitCode ?? 0);
  return exitCodes.every((code) => code === 0 || code === 137 || code === 143) ? lost(job) : undefined;
}

/** A kubelet that has too little of a resource refuses a pod as `OutOfcpu`, `OutOfmemory`, `OutOfpods`, … */
function codeOf(reason: string): FailureCode | undefined {
  return reason.startsWith('OutOf') ? 'PodUnschedulable' : podReasons[reason];
}

function endedByContainer(pod: Pod): Diagnosis | undefined {
  const init = pod.status?.initContainerStatuses ?? [];
  const failed = allStatuses(pod).find((status) => isFailure(status.state?.terminated));
  const ended = failed?.state?.terminated;
  if (!failed || !ended) return undefined;
  const what = `${init.includes(failed) ? 'init container' : 'container'} "${failed.name}"`;
  const code = codeOfContainer(failed.name, init.includes(failed), ended);
  return {
    failure: { code, message: sentence(what, code, ended) },
    ...(hasOutput(ended) && { quote: { container: failed.name, fallback: ended.message } }),
  };
}

function isFailure(ended: Terminated | undefined): boolean {
  return ended !== undefined && (ended.exitCode !== 0 || ended.reason === 'OOMKilled');
}

const startReasons = new Set(['StartError', 'ContainerCannotRun', 'ContainerStatusUnknown']);

function hasOutput(ended: Terminated): boolean {
  return !startReasons.has(ended.reason ?? '');
}

function codeOfContainer(name: string, isInit: boolean, ended: Terminated): FailureCode {
  if (ended.reason === 'OOMKilled') return 'OutOfMemory';
  if (ended.reason === 'ContainerStatusUnknown') return 'PodLost';
  if (!hasOutput(ended)) return 'ContainerConfigInvalid';
  if (isInit && name === 'repo') return 'SourceFetchFailed';
  return !isInit && (name === 'scanner' || name === 'summary') ? 'ScannerFailed' : 'ContainerFailed';
}

function sentence(what: string, code: FailureCode, ended: Terminated): string {
  if (code === 'OutOfMemory')
    return `${what} was ended because it used more memory than it may (exit code ${ended.exitCode})`;
  if (code === 'PodLost') return `${what} vanished from its node without an exit code`;
  if (code === 'ContainerConfigInvalid')
    return `${what} could not be started: ${ended.message ?? ended.reason ?? 'no reason was given'}`;
  const by = ended.signal ? ` by signal ${ended.signal}` : '';
  return `${what} exited with code ${ended.exitCode}${by}`;
}
