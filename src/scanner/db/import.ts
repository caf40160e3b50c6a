import type { ImportResult } from './types.ts';

export function importOsv(..._args: unknown[]): Promise<ImportResult> {
  return Promise.reject(new Error('not written yet'));
}
