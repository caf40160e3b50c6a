/** What judging a report by a policy comes to (spec.md §7). Everything that is not a verdict is an error. */
import type { Report } from '../report/model.ts';

/** One thing that the policy objects to. */
export interface Violation {
  /** At most 1,024 characters. */
  message: string;
  /** The vulnerability it speaks of, where it names one. */
  id?: string;
  severity?: string;
}

export interface Verdict {
  /** Which contract of spec.md §7 the policy follows. */
  contract: 'deny' | 'isCompliant';
  passed: boolean;
  /** The first 50, in a stable order. */
  violations: Violation[];
  /** All of them. */
  violationCount: number;
  /** Distinct ids among all violations, one that names none counted as one: the X of `Policy violated because of X CVEs`. */
  cveCount: number;
}

export interface PolicyLimits {
  /** Milliseconds; default 10,000. */
  timeMs?: number;
  /** Bytes; default 256 MiB. */
  memoryBytes?: number;
}

export interface PolicyRequest {
  /** Rego source, as `spec.regoFile` has it. */
  source: string;
  /** Shown in errors: the ScanPolicy's name or the file's. */
  name: string;
  report: Report;
  limits?: PolicyLimits;
  signal?: AbortSignal;
}

/**
 * Judges reports. Throws `ScanLinkError` with code `PolicyCompileError`, `PolicyTimeout`, `PolicyMemoryExceeded`,
 * `PolicyBuiltinError`, `PolicyPackageUnknown`, `PolicyRuleMissing`, `PolicyResultInvalid` or, of an OPA beside us,
 * `PolicyEngineUnavailable`, with line and column in message and `where`: never a verdict where the policy could not be evaluated.
 */
export interface PolicyEngine {
  evaluate(request: PolicyRequest): Promise<Verdict>;
  /** Compiles only; throws as `evaluate` does. */
  check(source: string, name: string): Promise<{ contract: Verdict['contract'] }>;
  close(): Promise<void>;
}
