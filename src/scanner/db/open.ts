import type { AdvisoryDb } from './types.ts';

export function openDb(..._args: unknown[]): Promise<AdvisoryDb> {
  return Promise.reject(new Error('not written yet'));
}
