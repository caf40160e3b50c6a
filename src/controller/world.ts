/** What a reconcile knows before it decides: one scan and everything that bears on it, at one moment. */
import type { Failure } from '../api/failures.ts';
import type { Scan, ScanPolicy, ScanTemplate } from '../api/kinds.ts';
import type { Job, Pod } from '../kube/builtin-types.ts';
import type { ScanKindName } from './scan-kinds.ts';

/** Times in milliseconds. */
export interface Rules {
  /** First wait after a retryable failure; doubled each time up to `retryMaxMs` (spec.md §5). */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** How long a finished job stays after its result was collected (spec.md §6). */
  readonly keepJobMs: number;
  /** How long an image may fail to be pulled, a volume to be mounted, a container to be made. */
  readonly startTimeoutMs: number;
  /** How long a pod may wait for a node with room. */
  readonly scheduleTimeoutMs: number;
  /** How long the log of a finished pod may be unreadable. */
  readonly collectTimeoutMs: number;
  /** How long after its deadline or deletion a pod may still be there before its node counts as lost. */
  readonly graceMs: number;
}

/** An event about a pod or job, as far as it explains why nothing starts. */
export interface Complaint {
  readonly reason: string;
  readonly message: string;
}

export interface World {
  readonly now: number;
  readonly kind: ScanKindName;
  /** As the API server has it now, never from a cache: effects are decided on its status. */
  readonly scan: Scan;
  readonly template: ScanTemplate | undefined;
  /** Undefined also where the scan names none. */
  readonly policy: ScanPolicy | undefined;
  /** All that carry this scan's uid, whatever run they are of. */
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
  /** Set once jobs, pods and Secrets were read from the server in this reconcile. */
  readonly looked: { readonly secretProblem?: Failure } | undefined;
  /** Set once the events of the current job and its pod were read. */
  readonly complaints: readonly Complaint[] | undefined;
  /** Since when the current pod shows the trouble it shows now; no API tells, so it is as long as we have watched. */
  readonly troubleSince: number | undefined;
  /** Digest of the report that is kept of this scan. */
  readonly keptReport: string | undefined;
  readonly store: {
    readonly configured: boolean;
    /** When sending may be tried again; undefined: now. */
    readonly nextSendAt?: number;
  };
  readonly rules: Rules;
}
