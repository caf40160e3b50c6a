/** From a folder to a `Report`. */
import type { Report } from '../report/model.ts';
import type { AdvisoryDb } from './db/types.ts';

export type ScanProgress =
  | { readonly step: 'catalog'; readonly files: number; readonly path: string }
  | { readonly step: 'match'; readonly packages: number };

export interface SbomOptions {
  /** What was scanned, for `report.subject`; default: the folder's name. */
  readonly subject?: Report['subject'];
  /** Time to write into the report, RFC 3339; none is written without, so that equal input gives equal bytes. */
  readonly timestamp?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ScanOptions extends SbomOptions {
  /** The database's path, or one that is already open (and stays so). */
  readonly db?: string | AdvisoryDb;
}

export function scanFolder(_path: string, _options: ScanOptions): Promise<Report> {
  return Promise.reject(new Error('not written yet'));
}

export function sbomFolder(_path: string, _options: SbomOptions): Promise<Report> {
  return Promise.reject(new Error('not written yet'));
}
