/** The one error of fetching: what was wanted, and what was wrong, without any secret. */
import { ScanLinkError } from '../../lib/errors.ts';
import { redactUrl } from './urls.ts';

/** `what` is a URL or a path; `why` completes "… could not be fetched: ". */
export function fetchFailed(what: string, why: string, cause?: unknown): ScanLinkError {
  return new ScanLinkError(`${redactUrl(what)} could not be fetched: ${why}`, {
    code: 'SourceFetchFailed',
    retry: 'retryable',
    cause,
  });
}

/** Megabytes as people write them. */
export function megabytes(bytes: number): string {
  const value = bytes / 1_000_000;
  return `${value >= 10 ? Math.round(value) : Math.round(value * 100) / 100} MB`;
}
