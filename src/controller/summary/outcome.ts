/** What acting came to: all that a summary needs to know beside the world. */
import type { Failure } from '../../api/failures.ts';
import type { CveCount, ScanStatus } from '../../api/status-schema.ts';
import type { FailedAt } from '../decide/action.ts';

/** What was read from a finished job. */
export interface Result {
  readonly counts: CveCount;
  readonly report: NonNullable<ScanStatus['report']>;
  readonly scanner: NonNullable<ScanStatus['scannedBy']>['scanner'];
  /** Digest or commit, as the report says. */
  readonly revision: string | undefined;
  /** When the job ended, in milliseconds. */
  readonly finishedAt: number;
  /** Seconds by step. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Which policy text was judged by. */
export interface JudgedBy {
  readonly digest: string;
  readonly generation: number | undefined;
}

export type Judgement =
  | {
      readonly is: 'verdict';
      /** Undefined for violations that came with a summary although no policy is named. */
      readonly by: JudgedBy | undefined;
      readonly passed: boolean;
      readonly violations: readonly string[];
      readonly violationCount: number;
      /** The X of `Policy violated because of X CVEs`. */
      readonly cveCount: number;
      readonly seconds?: number;
    }
  /** `by` is undefined where there is no policy to judge by. */
  | { readonly is: 'error'; readonly by: JudgedBy | undefined; readonly failure: Failure };

export type Sending =
  | { readonly is: 'not-configured' }
  | { readonly is: 'sent'; readonly metadataUrl: string | undefined }
  | { readonly is: 'failed'; readonly failure: Failure; readonly attempt: number; readonly nextAt?: number };

export type Outcome =
  | { readonly is: 'nothing' }
  | { readonly is: 'started'; readonly jobName: string }
  /** The API did not take the job. */
  | { readonly is: 'refused'; readonly jobName: string; readonly failure: Failure }
  | { readonly is: 'failed'; readonly at: FailedAt; readonly failure: Failure }
  | {
      readonly is: 'collected';
      readonly result: Result;
      /** Undefined where the scan names no policy and none was applied. */
      readonly judgement: Judgement | undefined;
      readonly sending: Sending | undefined;
    }
  | { readonly is: 'judged'; readonly judgement: Judgement }
  | { readonly is: 'sent'; readonly sending: Sending };
