import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { EventRecorder } from '../../runtime/events.ts';
import type { Slots } from './slots.ts';
import type { Sources } from './sources.ts';
import type { ContainerRuntime } from './types.ts';

/** What the workers of one runner share. */
export interface RunnerContext {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** One folder a pod, named by its uid. */
  readonly podsDir: string;
  readonly sources: Sources;
  readonly events: EventRecorder;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly log: Log;
  /** Which runtime takes the image; a sentence why none does. */
  readonly runtimeFor: (image: string) => ContainerRuntime | { readonly none: string };
  /** Whether the image runs as a process of this machine. */
  readonly isLocal: (image: string) => boolean;
  /** Fires when the runner has ended: nothing is written any more. */
  readonly ended: AbortSignal;
}
