/**
 * Why the pod of a job that has not ended may never end: kubelets retry for ever what will never work, and the Job
 * controller waits for them. A scan does not (spec.md §3, "Whatever fails must show").
 */
import type { Failure, FailureCode } from '../api/failures.ts';
import type { ContainerStatus, Job, Pod } from '../kube/builtin-types.ts';
import { createdAt, isDeleting, jobState, timeOf } from './run.ts';
import type { Complaint, Rules } from './world.ts';

/** `wakeAt`: when to look again, since nobody tells when time has merely passed. */
export type Trouble =
  | { readonly is: 'none'; readonly wakeAt: number }
  /** Only the events of pod and job say what is wrong. */
  | { readonly is: 'unexplained' }
  | { readonly is: 'stuck'; readonly failure: Failure };

export interface TroubleFacts {
  readonly job: Job;
  readonly pod: Pod | undefined;
  readonly complaints: readonly Complaint[] | undefined;
  readonly troubleSince: number | undefined;
  readonly now: number;
  readonly rules: Rules;
}

/** A container that waits for something that fails. */
interface Waiting {
  readonly container: string;
  readonly reason: string;
  readonly code: FailureCode;
  /** Waiting longer cannot help. */
  readonly atOnce: boolean;
  readonly message: string;
}

const waitingReasons: Record<string, { code: FailureCode; atOnce?: true }> = {
  ErrImagePull: { code: 'ImagePullFailed' },
  ImagePullBackOff: { code: 'ImagePullFailed' },
  RegistryUnavailable: { code: 'ImagePullFailed' },
  ImageInspectError: { code: 'ImagePullFailed' },
  SignatureValidationFailed: { code: 'ImagePullFailed' },
  ErrImageNeverPull: { code: 'ImagePullFailed', atOnce: true },
  InvalidImageName: { code: 'ImagePullFailed', atOnce: true },
  CreateContainerConfigError: { code: 'ContainerConfigInvalid' },
  CreateContainerError: { code: 'ContainerConfigInvalid' },
  RunContainerError: { code: 'ContainerConfigInvalid' },
  PreCreateHookError: { code: 'ContainerConfigInvalid' },
};

/** What names the trouble a pod shows: while it stays the same, it is the same trouble. */
export function troubleKey(pod: Pod): string | undefined {
  const waiting = waitingContainer(pod);
  return waiting && `${waiting.container} ${waiting.code}`;
}

export function troubleOf(facts: TroubleFacts): Trouble {
  const { job, pod, now, rules } = facts;
  const deadline = deadlineOf(job) + rules.graceMs;
  if (now >= deadline) return stuck('DeadlineExceeded', pastDeadline(job, pod));
  if (pod && isDeleting(pod)) return ending(pod, facts, deadline);
  // Once a job is on its way out, no more pods are made, and none of its own will start.
  if (isDeleting(job) || jobState(job) === 'failing') return { is: 'none', wakeAt: deadline };
  if (!pod) return withoutPod(facts, deadline);
  if (pod.status?.phase !== undefined && pod.status.phase !== 'Pending')
    return { is: 'none', wakeAt: deadline };
  const waiting = waitingContainer(pod);
  if (waiting) return cannotStart(waiting, facts, deadline);
  return unscheduled(pod, facts, deadline) ?? slowStart(pod, facts, deadline);
}

function stuck(code: FailureCode, message: string): Trouble {
  return { is: 'stuck', failure: { code, message } };
}

function none(until: number, deadline: number): Trouble {
  return { is: 'none', wakeAt: Math.min(until, deadline) };
}

/** The Job controller ends a job at its deadline; this is for when it, or the node, is not there to do so. */
function deadlineOf(job: Job): number {
  const started = timeOf(job.status?.startTime) ?? createdAt(job);
  return started + (job.spec?.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
}

function pastDeadline(job: Job, pod: Pod | undefined): string {
  const seconds = job.spec?.activeDeadlineSeconds;
  const where = pod ? `pod ${pod.metadata.name} is ${pod.status?.phase ?? 'Unknown'}` : 'it never got a pod';
  return `job ${job.metadata.name} has not ended within its deadline of ${seconds} s: ${where}`;
}

function withoutPod(facts: TroubleFacts, deadline: number): Trouble {
  const { job, complaints, now, rules } = facts;
  const patience = createdAt(job) + rules.startTimeoutMs;
  if (now < patience) return none(patience, deadline);
  if (!complaints) return { is: 'unexplained' };
  const refused = complaints.find((complaint) => complaint.reason === 'FailedCreate');
  if (refused)
    return stuck('JobRefused', `the pod of job ${job.metadata.name} was refused: ${refused.message}`);
  return none(now + rules.startTimeoutMs, deadline);
}

/** A pod that was told to end and does not: nobody on its node listens. */
function ending(pod: Pod, { now, rules }: TroubleFacts, deadline: number): Trouble {
  const patience = (timeOf(pod.metadata.deletionTimestamp) ?? now) + rules.graceMs;
  if (now < patience) return none(patience, deadline);
  const node = pod.spec?.nodeName ? `node ${pod.spec.nodeName}` : 'its node';
  return stuck(
    'NodeLost',
    `pod ${pod.metadata.name} was deleted, and ${node} does not confirm that it ended`,
  );
}

function waitingContainer(pod: Pod): Waiting | undefined {
  for (const status of allStatuses(pod)) {
    const waiting = status.state?.waiting;
    const known = waiting?.reason === undefined ? undefined : waitingReasons[waiting.reason];
    if (!waiting?.reason || !known) continue;
    const what =
      known.code === 'ImagePullFailed'
        ? `the image ${status.image || imageOf(pod, status.name)} of container "${status.name}" cannot be pulled`
        : `container "${status.name}" cannot be started`;
    return {
      container: status.name,
      reason: waiting.reason,
      code: known.code,
      atOnce: known.atOnce ?? false,
      message: `${what}: ${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`,
    };
  }
  return undefined;
}

function imageOf(pod: Pod, container: string): string {
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return all.find((one) => one.name === container)?.image ?? '';
}

export function allStatuses(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function cannotStart(waiting: Waiting, facts: TroubleFacts, deadline: number): Trouble {
  const patience = (facts.troubleSince ?? facts.now) + facts.rules.startTimeoutMs;
  if (waiting.atOnce || facts.now >= patience) return stuck(waiting.code, waiting.message);
  return none(patience, deadline);
}

function unscheduled(pod: Pod, { now, rules }: TroubleFacts, deadline: number): Trouble | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'True' || pod.spec?.nodeName) return undefined;
  const patience = (timeOf(scheduled?.lastTransitionTime) ?? createdAt(pod)) + rules.scheduleTimeoutMs;
  if (now < patience) return none(patience, deadline);
  const why = scheduled?.message ?? 'no scheduler has taken it up';
  return stuck('PodUnschedulable', `pod ${pod.metadata.name} found no node: ${why}`);
}

const mountReasons = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume']);
const sandboxReasons = new Set(['FailedCreatePodSandBox', 'NetworkNotReady', 'FailedCreatePodContainer']);

/** Scheduled, and no container says why it does not start: a large image perhaps, or a volume that cannot be had. */
function slowStart(pod: Pod, { complaints, now, rules }: TroubleFacts, deadline: number): Trouble {
  if (allStatuses(pod).some((status) => status.state?.running)) return { is: 'none', wakeAt: deadline };
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  const ended = allStatuses(pod).map((status) => timeOf(status.state?.terminated?.finishedAt) ?? 0);
  const since = Math.max(timeOf(scheduled?.lastTransitionTime) ?? createdAt(pod), ...ended);
  const patience = since + rules.startTimeoutMs;
  if (now < patience) return none(patience, deadline);
  if (!complaints) return { is: 'unexplained' };
  const mount = complaints.find((complaint) => mountReasons.has(complaint.reason));
  if (mount)
    return stuck('MountFailed', `a volume of pod ${pod.metadata.name} cannot be mounted: ${mount.message}`);
  const sandbox = complaints.find((complaint) => sandboxReasons.has(complaint.reason));
  if (sandbox)
    return stuck('PodStartFailed', `pod ${pod.metadata.name} cannot be started: ${sandbox.message}`);
  return none(now + rules.startTimeoutMs, deadline);
}
