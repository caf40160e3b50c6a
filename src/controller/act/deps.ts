import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { PolicyEngine, PolicyLimits } from '../../policy/verdict.ts';
import type { JobOptions } from '../job.ts';
import type { ResultStore } from '../result-store.ts';
import type { SendMemory } from '../send-memory.ts';
import type { ReportShelf } from '../shelf/shelf.ts';

/** What effects are made with. */
export interface ActDeps {
  readonly client: KubeClient;
  readonly policy: PolicyEngine;
  readonly policyLimits?: PolicyLimits;
  readonly shelf: ReportShelf;
  readonly store: ResultStore;
  readonly sends: SendMemory;
  readonly jobs: JobOptions;
  readonly clock: Clock;
  readonly log: Log;
}
