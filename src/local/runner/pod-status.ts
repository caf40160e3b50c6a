/** From what the containers do to what the pod's status says: pure, and worded as the kubelet words it. */
import type { ContainerStatus, Pod } from '../../kube/builtin-types.ts';
import { kubeTime } from '../../kube/time.ts';
import { containerStatus } from './container-track.ts';
import type { ContainerTrack } from './container-track.ts';
import { hostAddress } from './fields.ts';

export type PodStatus = NonNullable<Pod['status']>;
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';
type Condition = NonNullable<PodStatus['conditions']>[number];

export interface PodView {
  readonly restartPolicy: string;
  readonly init: readonly ContainerTrack[];
  readonly containers: readonly ContainerTrack[];
  /** Set when the pod was ended from outside its containers (deadline, runner gone): it is Failed whatever they did. */
  readonly failure?: { readonly reason: string; readonly message: string };
  readonly startTime: string;
  /** Volumes are there. */
  readonly isPrepared: boolean;
}

const succeeded = ({ state }: ContainerTrack): boolean => state.terminated?.exitCode === 0;
const ended = ({ state }: ContainerTrack): boolean => state.terminated !== undefined;
const running = ({ state }: ContainerTrack): boolean => state.running !== undefined;
/** It waits to be started again. */
const stopped = ({ state, lastState }: ContainerTrack): boolean =>
  state.waiting !== undefined && lastState.terminated !== undefined;

export function podPhase(view: PodView): PodPhase {
  const { restartPolicy, init, containers } = view;
  if (view.failure) return 'Failed';
  if (init.some((track) => ended(track) && !succeeded(track)) && restartPolicy === 'Never') return 'Failed';
  if (!init.every(succeeded)) return 'Pending';
  if (containers.some(running)) return 'Running';
  if (!containers.every((track) => ended(track) || stopped(track))) return 'Pending';
  if (restartPolicy === 'Always' || containers.some(stopped)) return 'Running';
  if (containers.every(succeeded)) return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

/** The whole status; conditions keep their time while their status stays as in `before`. */
export function podStatus(view: PodView, before: PodStatus | undefined, now: number): PodStatus {
  const phase = podPhase(view);
  const statuses = view.containers.map(containerStatus).map((status) => settled(status, phase));
  return {
    phase,
    reason: view.failure?.reason,
    message: view.failure?.message,
    conditions: conditionsOf(view, phase, statuses).map((condition) => timed(condition, before, now)),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    podIP: hostAddress,
    podIPs: [{ ip: hostAddress }],
    startTime: view.startTime,
    initContainerStatuses: view.init.length > 0 ? view.init.map(containerStatus) : undefined,
    containerStatuses: statuses,
    // The server's own; a merge patch leaves what is not named.
    qosClass: before?.qosClass,
  };
}

/** Main containers that have ended are not ready, however well they ended. */
function settled(status: ContainerStatus, phase: PodPhase): ContainerStatus {
  const ready = status.state?.running !== undefined && phase === 'Running';
  return { ...status, ready };
}

function conditionsOf(
  view: PodView,
  phase: PodPhase,
  statuses: readonly ContainerStatus[],
): Omit<Condition, 'lastTransitionTime'>[] {
  const over = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined;
  const incomplete = view.init.filter((track) => !succeeded(track)).map(({ container }) => container.name);
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  const initialized =
    incomplete.length === 0
      ? { status: 'True', reason: phase === 'Succeeded' ? 'PodCompleted' : undefined }
      : {
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        };
  const ready =
    unready.length === 0
      ? { status: 'True' }
      : {
          status: 'False',
          reason: over ?? 'ContainersNotReady',
          message: over ? undefined : `containers with unready status: [${unready.join(' ')}]`,
        };
  return [
    { type: 'PodReadyToStartContainers', status: view.isPrepared && !over ? 'True' : 'False' },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
}

function timed(
  condition: Omit<Condition, 'lastTransitionTime'>,
  before: PodStatus | undefined,
  now: number,
): Condition {
  const old = before?.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : kubeTime(now);
  return { ...condition, lastTransitionTime };
}
