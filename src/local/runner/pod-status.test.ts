import { describe, expect, it } from 'vitest';
import { containerStatus, newTrack } from './container-track.ts';
import type { ContainerTrack } from './container-track.ts';
import { podPhase, podStatus } from './pod-status.ts';
import type { PodView } from './pod-status.ts';

type What = 'waiting' | 'running' | 'ok' | 'bad' | 'crashed';

function track(what: What, name = 'main'): ContainerTrack {
  const one = newTrack({ name, image: 'i' }, 'ContainerCreating');
  const terminated = { exitCode: what === 'ok' ? 0 : 1 };
  if (what === 'running') one.state = { running: {} };
  if (what === 'ok' || what === 'bad') one.state = { terminated };
  if (what === 'crashed') one.lastState = { terminated };
  return one;
}

const view = (
  restartPolicy: string,
  init: What[],
  containers: What[],
  extra: Partial<PodView> = {},
): PodView => ({
  restartPolicy,
  init: init.map((what, index) => track(what, `init-${index}`)),
  containers: containers.map((what, index) => track(what, `main-${index}`)),
  startTime: '2026-01-01T00:00:00Z',
  isPrepared: true,
  ...extra,
});

describe('podPhase', () => {
  it.each<[string, What[], What[], string]>([
    ['Never', [], ['waiting'], 'Pending'],
    ['Never', [], ['running'], 'Running'],
    ['Never', [], ['ok'], 'Succeeded'],
    ['Never', [], ['bad'], 'Failed'],
    ['Never', [], ['ok', 'bad'], 'Failed'],
    ['Never', [], ['ok', 'running'], 'Running'],
    ['Never', [], ['bad', 'running'], 'Running'],
    ['Never', [], ['ok', 'waiting'], 'Pending'],
    ['Never', ['running'], ['waiting'], 'Pending'],
    ['Never', ['ok'], ['running'], 'Running'],
    ['Never', ['bad'], ['waiting'], 'Failed'],
    ['Never', ['ok', 'bad'], ['waiting'], 'Failed'],
    ['OnFailure', ['bad'], ['waiting'], 'Pending'],
    ['OnFailure', [], ['ok'], 'Succeeded'],
    ['OnFailure', [], ['crashed'], 'Running'],
    ['OnFailure', [], ['ok', 'crashed'], 'Running'],
    ['Always', [], ['ok'], 'Running'],
    ['Always', [], ['crashed'], 'Running'],
  ])('%s, init %j, containers %j: %s', (policy, init, containers, phase) => {
    expect(podPhase(view(policy, init, containers))).toBe(phase);
  });

  it('is Failed when it was ended from outside, whatever its containers did', () => {
    const failure = { reason: 'DeadlineExceeded', message: 'm' };
    expect(podStatus(view('Never', [], ['ok'], { failure }), undefined, 0)).toMatchObject({
      phase: 'Failed',
      ...failure,
    });
  });
});

describe('podStatus', () => {
  const rows = (of: PodView) =>
    podStatus(of, undefined, 0).conditions?.map(({ type, status, reason, message }) =>
      [type, status, reason, message].filter(Boolean).join(' '),
    );

  it.each<[string, PodView, string[]]>([
    [
      'being prepared',
      view('Never', ['waiting'], ['waiting'], { isPrepared: false }),
      [
        'PodReadyToStartContainers False',
        'Initialized False ContainersNotInitialized containers with incomplete status: [init-0]',
        'Ready False ContainersNotReady containers with unready status: [main-0]',
        'ContainersReady False ContainersNotReady containers with unready status: [main-0]',
        'PodScheduled True',
      ],
    ],
    [
      'running',
      view('Never', ['ok'], ['running']),
      [
        'PodReadyToStartContainers True',
        'Initialized True',
        'Ready True',
        'ContainersReady True',
        'PodScheduled True',
      ],
    ],
    [
      'failed',
      view('Never', [], ['bad']),
      [
        'PodReadyToStartContainers False',
        'Initialized True',
        'Ready False PodFailed',
        'ContainersReady False PodFailed',
        'PodScheduled True',
      ],
    ],
  ])('%s', (_name, of, expected) => {
    expect(rows(of)).toEqual(expected);
  });

  it("keeps a condition's time while its status stays", () => {
    const first = podStatus(view('Never', [], ['running']), undefined, 1000);
    const later = podStatus(view('Never', [], ['ok']), first, 60_000);
    const times = later.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
    expect(times).toContainEqual(['Initialized', '1970-01-01T00:00:01Z']);
    expect(times).toContainEqual(['Ready', '1970-01-01T00:01:00Z']);
  });

  it('an init container that succeeded is ready', () => {
    expect(containerStatus(track('ok'))).toMatchObject({ ready: true, started: false });
  });
});
