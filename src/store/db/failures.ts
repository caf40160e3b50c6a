import { ScanLinkError } from '../../lib/errors.ts';
import type { Retry } from '../../lib/errors.ts';

const retries = {
  /** Cannot be opened, is no database of ours, or its disk is full. */
  StoreDatabaseUnusable: 'retryable',
  /** Was written by a later version of Scan Link. */
  StoreDatabaseTooNew: 'terminal',
  /** The question or the report is not one. */
  StoreInputInvalid: 'terminal',
  StoreBackupFailed: 'retryable',
} as const satisfies Record<string, Retry>;

export type StoreFailureCode = keyof typeof retries;

/** A failure of the store's own, with its code. */
export function storeFailure(code: StoreFailureCode, message: string, cause?: unknown): ScanLinkError {
  return new ScanLinkError(message, { code, retry: retries[code], cause });
}
