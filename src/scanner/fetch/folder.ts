/** A folder on this machine: nothing is fetched, only looked whether it is there. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { fetchFailed } from './failure.ts';
import type { FetchResult } from './types.ts';

export function folderSource(dir: string): FetchResult {
  const folder = path.resolve(dir);
  let isFolder = false;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (error) {
    throw fetchFailed(folder, messageOf(error), error);
  }
  if (!isFolder) throw fetchFailed(folder, 'it is no folder');
  return { kind: 'dir', url: folder, path: folder, bytes: 0 };
}
