import type { Container, ContainerStatus } from '../../kube/builtin-types.ts';

/** What we know of one container: enough for its status. Changed by its worker only. */
export interface ContainerTrack {
  readonly container: Container;
  state: NonNullable<ContainerStatus['state']>;
  lastState: NonNullable<ContainerStatus['state']>;
  restartCount: number;
  containerId: string;
}

export function newTrack(container: Container, reason: string): ContainerTrack {
  return { container, state: { waiting: { reason } }, lastState: {}, restartCount: 0, containerId: '' };
}

export function containerStatus(track: ContainerTrack): ContainerStatus {
  const { container, state, lastState, restartCount, containerId } = track;
  const running = state.running !== undefined;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: containerId === '' ? '' : (container.image ?? ''),
    state,
    lastState,
    restartCount,
    // Probes are not run here: what runs is ready. An init container is ready when it has succeeded.
    ready: running || state.terminated?.exitCode === 0,
    started: running,
    containerID: containerId || undefined,
  };
}

/** As much of a former status as a runner that starts again can take over. */
export function trackOf(
  container: Container,
  status: ContainerStatus | undefined,
  reason: string,
): ContainerTrack {
  if (!status) return newTrack(container, reason);
  return {
    container,
    state: status.state ?? { waiting: { reason } },
    lastState: status.lastState ?? {},
    restartCount: status.restartCount,
    containerId: status.containerID ?? '',
  };
}
