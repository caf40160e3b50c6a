/** What the engine and its workers say to each other. */
import type { Report } from '../report/model.ts';
import type { PolicyFailure } from './failures.ts';
import type { Verdict } from './verdict.ts';

export type WorkerRequest =
  | { id: number; kind: 'check'; source: string; name: string }
  | { id: number; kind: 'evaluate'; source: string; name: string; report: Report; timeMs: number };

export type WorkerAnswer =
  /** Once, when it can work. */
  | { kind: 'ready' }
  | { kind: 'contract'; id: number; contract: Verdict['contract'] }
  | { kind: 'verdict'; id: number; verdict: Verdict }
  | { kind: 'failure'; id: number; failure: PolicyFailure };
