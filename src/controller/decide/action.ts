/** What can be done next about a scan. */
import type { Failure } from '../../api/failures.ts';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import type { World } from '../world.ts';

/** Before a run, during it, or when its report was judged: which conditions a failure changes. */
export type FailedAt = 'prepare' | 'run' | 'policy';

export type Action =
  /** Nothing until something changes, or until `wakeAt` (milliseconds since the epoch). */
  | { readonly do: 'rest'; readonly wakeAt?: number }
  /** Read jobs, pods, template and Secrets from the server, then decide again: a cache may be behind. */
  | { readonly do: 'look' }
  /** Read the events about the current job and its pod, then decide again. */
  | { readonly do: 'ask'; readonly job: Job; readonly pod: Pod | undefined }
  | { readonly do: 'start'; readonly jobName: string }
  /** A job was made, and the controller ended before the status said so. */
  | { readonly do: 'adopt'; readonly job: Job }
  /** Delete a job that must not run on. */
  | { readonly do: 'end'; readonly job: Job }
  | { readonly do: 'collect'; readonly job: Job; readonly pod: Pod }
  /** Write down what went wrong, with the last lines of the container in `quote`. */
  | {
      readonly do: 'fail';
      readonly at: FailedAt;
      readonly failure: Failure;
      readonly quote?: { readonly pod: Pod; readonly container: string; readonly fallback?: string };
    }
  | { readonly do: 'judge' }
  | { readonly do: 'send' }
  /** Delete a finished job whose time is over. */
  | { readonly do: 'clean'; readonly job: Job };

/** Looks at one concern of a scan, and names what it asks for, or passes on. */
export type Step = (world: World) => Action | undefined;
