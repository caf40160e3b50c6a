/** Where results are sent; `result-store-client.ts` is the metadata store's client (spec.md §8). */
import type { Scan } from '../api/kinds.ts';
import type { Report } from '../report/model.ts';
import type { ScanKindName } from './scan-kinds.ts';

export interface ResultStore {
  /** Without, SendingResults says so and nothing is ever sent. */
  readonly isConfigured: boolean;
  /**
   * Resolves when the store has acknowledged the report; sending it again changes nothing.
   * @throws ScanLinkError `StoreUnreachable`, `StoreUnauthorized`, `StoreRefused` or `StoreConfigInvalid`, whose
   * message names the URL and the cause
   */
  send(
    report: Report,
    scan: Scan,
    kind: ScanKindName,
    signal: AbortSignal,
  ): Promise<{ metadataUrl?: string }>;
}

/** No store is configured. */
export const noResultStore: ResultStore = {
  isConfigured: false,
  send: () => Promise.reject(new Error('a report was sent although no store is configured')),
};
