/**
 * Every failure a scan can have: the stable code that status, event and metric show, and whether trying again can
 * help (spec.md §5). Messages are made where the failure is seen, since they name what was seen.
 */
import type { Retry } from '../lib/errors.ts';
import type { FailureStep } from './status-schema.ts';

interface FailureKind {
  readonly step: FailureStep;
  readonly retry: Retry;
}

const kind = (step: FailureStep, retry: Retry): FailureKind => ({ step, retry });

export const failureKinds = {
  // Before any job. What is waited for is named in the message, and its arrival wakes the scan.
  SpecInvalid: kind('prepare', 'terminal'),
  TemplateNotFound: kind('prepare', 'waiting'),
  TemplateInvalid: kind('prepare', 'waiting'),
  PolicyNotFound: kind('prepare', 'waiting'),
  SecretNotFound: kind('prepare', 'retryable'),
  SecretInvalid: kind('prepare', 'retryable'),

  // The job and its pod.
  JobRefused: kind('job', 'retryable'),
  JobLost: kind('job', 'retryable'),
  PodLost: kind('job', 'retryable'),
  PodEvicted: kind('job', 'retryable'),
  NodeLost: kind('job', 'retryable'),
  PodUnschedulable: kind('job', 'retryable'),
  ImagePullFailed: kind('job', 'retryable'),
  MountFailed: kind('job', 'retryable'),
  ContainerConfigInvalid: kind('job', 'retryable'),
  DeadlineExceeded: kind('job', 'retryable'),
  OutOfMemory: kind('job', 'retryable'),
  SourceFetchFailed: kind('job', 'retryable'),
  ScannerFailed: kind('job', 'retryable'),
  ContainerFailed: kind('job', 'retryable'),
  PodStartFailed: kind('job', 'retryable'),
  ResultContainerMissing: kind('job', 'waiting'),

  // The report.
  LogsUnavailable: kind('collect', 'retryable'),
  ReportEmpty: kind('collect', 'retryable'),
  ReportTruncated: kind('collect', 'retryable'),
  ReportDamaged: kind('collect', 'retryable'),
  ReportInvalid: kind('collect', 'retryable'),
  ReportTooLarge: kind('collect', 'retryable'),
  ReportFormatUnknown: kind('collect', 'retryable'),
  SummaryInvalid: kind('collect', 'retryable'),

  // The policy. A changed policy is applied to the stored report at once.
  PolicyCompileError: kind('policy', 'waiting'),
  PolicyTimeout: kind('policy', 'waiting'),
  PolicyMemoryExceeded: kind('policy', 'waiting'),
  PolicyBuiltinError: kind('policy', 'waiting'),
  PolicyPackageUnknown: kind('policy', 'waiting'),
  PolicyRuleMissing: kind('policy', 'waiting'),
  PolicyResultInvalid: kind('policy', 'waiting'),
  PolicyEngineUnavailable: kind('policy', 'retryable'),

  // The metadata store: never changes the phase, retried until it works.
  StoreUnreachable: kind('store', 'retryable'),
  StoreUnauthorized: kind('store', 'retryable'),
  StoreRefused: kind('store', 'retryable'),
  StoreConfigInvalid: kind('store', 'waiting'),
  ReportGone: kind('store', 'waiting'),

  // A defect of ours: said as such, and tried again.
  Internal: kind('prepare', 'retryable'),
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

/** One failure of a scan, as it was seen. */
export interface Failure {
  readonly code: FailureCode;
  /** What was wrong, where, and what was seen: one sentence, with quoted lines behind it where there are some. */
  readonly message: string;
}

/** Whether `code` is one of ours; a scanner's report reader or a policy engine may throw others by mistake. */
export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failureKinds, code);
}
