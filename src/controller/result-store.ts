/** Where results are sent: the place for the metadata store's client (spec.md §8). */
import { ScanLinkError } from '../lib/errors.ts';
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

/** `metadataStore.url` is empty, or not usable by this version. */
export function createResultStore(url: string): ResultStore {
  return {
    isConfigured: url !== '',
    send: () =>
      Promise.reject(
        new ScanLinkError(
          `results cannot be sent to ${url}: this version has no client for the metadata store yet; set metadataStore.url to "" to turn the integration off`,
          { code: 'StoreConfigInvalid', retry: 'waiting' },
        ),
      ),
  };
}
