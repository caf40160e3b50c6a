import type { FetchResult } from './types.ts';

export function fetchSource(..._args: unknown[]): Promise<FetchResult> {
  return Promise.reject(new Error('not written yet'));
}
