import type { ImportResult } from './types.ts';

export function demoDatabase(..._args: unknown[]): Promise<ImportResult> {
  return Promise.reject(new Error('not written yet'));
}
