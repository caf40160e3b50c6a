/** Fetching whatever a scan names. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ScanLinkError } from '../../lib/errors.ts';
import { fetchFailed } from './failure.ts';
import type { FetchOptions, FetchResult, SourceSpec } from './types.ts';

/** Bounds of one fetch, all of them set. */
export interface FetchBounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxEntries: number;
}

const defaults = { timeoutMs: 600_000, maxBytes: 4 * 1024 ** 3, maxEntries: 500_000 };

/** See `fetchSource` in `../index.ts`. */
export async function fetchSource(
  source: SourceSpec,
  into: string,
  options: FetchOptions = {},
): Promise<FetchResult> {
  if (source.dir !== undefined && !source.blob && !source.git) {
    const { folderSource } = await import('./folder.ts');
    return folderSource(source.dir);
  }
  const target = path.resolve(into);
  const what = source.blob?.url ?? source.git?.url ?? 'The source';
  makeEmpty(target, what);
  try {
    return await fetchInto(source, target, options);
  } catch (error) {
    // What lies there is half a source: never to be scanned as if it were one.
    for (const name of readdirSync(target)) rmSync(path.join(target, name), { recursive: true, force: true });
    if (error instanceof ScanLinkError || options.signal?.aborted) throw error;
    throw fetchFailed(what, 'an unexpected failure', error);
  }
}

async function fetchInto(source: SourceSpec, target: string, options: FetchOptions): Promise<FetchResult> {
  const {
    timeoutMs = defaults.timeoutMs,
    maxBytes = defaults.maxBytes,
    maxEntries = defaults.maxEntries,
  } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const bounds: FetchBounds = { signal, timeoutMs, maxBytes, maxEntries };
  if (source.blob) {
    const { fetchBlob } = await import('./blob.ts');
    return fetchBlob(source.blob, target, bounds, options);
  }
  if (source.git) {
    const { fetchGit } = await import('./git.ts');
    return fetchGit(source.git, target, bounds, options);
  }
  throw fetchFailed('The source', 'neither a git repository nor a blob nor a folder is named');
}

function makeEmpty(target: string, what: string): void {
  try {
    mkdirSync(target, { recursive: true });
    if (readdirSync(target).length === 0) return;
  } catch (error) {
    throw fetchFailed(what, `the folder ${target} cannot be made`, error);
  }
  throw fetchFailed(what, `the folder ${target} is not empty`);
}
