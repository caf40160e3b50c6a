/**
 * The scanner's front door. Each part is loaded when it is first used, so that `scan` starts without the fetchers
 * and `db import` without the catalogers.
 */

import type { AdvisoryDb, DbInfo, ImportOptions, ImportResult } from './db/types.ts';
import type { FetchOptions, FetchResult, SourceSpec } from './fetch/types.ts';
import type { SbomOptions, ScanOptions, ScanReport } from './scan.ts';

export type {
  AdvisoryDb,
  DbInfo,
  EcosystemInfo,
  ImportOptions,
  ImportProgress,
  ImportResult,
} from './db/types.ts';
export type { BlobSource, FetchOptions, FetchResult, GitSource, SourceSpec } from './fetch/types.ts';
export type { ScannedFinding } from './match/finding.ts';
export type { Location } from './model.ts';
export type { SbomOptions, ScanOptions, ScanProgress, ScanReport, ScannedComponent } from './scan.ts';

/**
 * Catalogues the folder `path` and matches what it finds against `options.db`. The same tree and database give the
 * same report. What could not be read or matched stands in `report.incomplete`; without a database that is all of it.
 * @throws ScanLinkError `ScannerFailed` when the folder itself cannot be read, `DatabaseNotFound`,
 * `DatabaseInvalid` or `DatabaseTooNew` when the database cannot be used.
 */
export async function scanFolder(path: string, options: ScanOptions = {}): Promise<ScanReport> {
  const scan = await import('./scan.ts');
  return scan.scanFolder(path, options);
}

/** The same without matching: components, no findings, and no word on advisories in `incomplete`. */
export async function sbomFolder(path: string, options: SbomOptions = {}): Promise<ScanReport> {
  const scan = await import('./scan.ts');
  return scan.sbomFolder(path, options);
}

/**
 * Brings `source` into the folder `into`, which is made if need be and must be empty. With blob and git both given
 * the blob is fetched (spec.md §1).
 * @throws ScanLinkError `SourceFetchFailed`, whose message says what was wrong and holds no secret.
 */
export async function fetchSource(
  source: SourceSpec,
  into: string,
  options: FetchOptions = {},
): Promise<FetchResult> {
  const fetch = await import('./fetch/fetch.ts');
  return fetch.fetchSource(source, into, options);
}

/**
 * Builds the advisory database `dbPath` from `path`: a folder of `<ecosystem>.zip` or `<ecosystem>/all.zip` files or
 * of OSV records as `.json`, or one such file. Built aside and renamed into place: readers keep the old one until then.
 * @throws ScanLinkError `DatabaseImportFailed` when nothing usable is there or the file cannot be written.
 */
export async function importOsv(
  path: string,
  dbPath: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const db = await import('./db/import.ts');
  return db.importOsv(path, dbPath, options);
}

/**
 * Opens a database for matching; close it after use.
 * @throws ScanLinkError `DatabaseNotFound`, `DatabaseInvalid`, or `DatabaseTooNew` naming both schema versions.
 */
export async function openDb(dbPath: string): Promise<AdvisoryDb> {
  const db = await import('./db/open.ts');
  return db.openDb(dbPath);
}

/** What a database holds, from its own record of it. Throws what `openDb` throws. */
export async function dbInfo(dbPath: string): Promise<DbInfo> {
  const db = await openDb(dbPath);
  try {
    return db.info;
  } finally {
    db.close();
  }
}

/** Builds the database of the few advisories that the project ships for a first try; see `data/demo-advisories`. */
export async function demoDatabase(intoPath: string): Promise<ImportResult> {
  const demo = await import('./db/demo.ts');
  return demo.demoDatabase(intoPath);
}
