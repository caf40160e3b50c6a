/** The failures of reading a report, each with its code of `failure.code`; a later attempt may print a whole one. */
import { ScanLinkError } from '../lib/errors.ts';
import type { ErrorDetails } from '../lib/errors.ts';

export type ReportFailureCode =
  | 'ReportEmpty'
  | 'ReportTruncated'
  | 'ReportDamaged'
  | 'ReportInvalid'
  | 'ReportTooLarge'
  | 'ReportFormatUnknown'
  | 'SummaryInvalid';

export type Place = NonNullable<ErrorDetails['where']>;

/** An error of a report; a line and column in `where` are added to the message. */
export function reportFailure(
  code: ReportFailureCode,
  message: string,
  where?: Place,
  cause?: unknown,
): ScanLinkError {
  return new ScanLinkError(message + describe(where), { code, retry: 'retryable', where, cause });
}

/** Spec.md §6 fixes the words `report truncated`. */
export function truncated(what: string, where?: Place): ScanLinkError {
  return reportFailure('ReportTruncated', `report truncated: ${what}`, where);
}

function describe(where: Place | undefined): string {
  if (where?.line === undefined) return '';
  return where.column === undefined
    ? ` (line ${where.line})`
    : ` (line ${where.line}, column ${where.column})`;
}
