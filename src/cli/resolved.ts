/** What `scanlink fetch` leaves beside the source for the container that scans it: what exactly was fetched. */
import { readFile, writeFile } from 'node:fs/promises';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import type { Report } from '../report/model.ts';

export interface Resolved {
  readonly repository: string;
  readonly revision?: string;
}

/** By hand, since every scan of a pod passes here and a schema library takes longer to load than the scan. */
function parse(text: string): Resolved {
  const value: unknown = JSON.parse(text);
  const { repository, revision } = Object(value) as Record<string, unknown>;
  if (typeof repository !== 'string' || repository === '') throw new Error('repository: a text is wanted');
  if (revision !== undefined && typeof revision !== 'string') throw new Error('revision: a text is wanted');
  return { repository, revision };
}

export async function writeResolved(file: string, resolved: Resolved): Promise<void> {
  await writeFile(file, `${JSON.stringify(resolved)}\n`);
}

/** The artifact as `metadata.component` names it: the repository, and the commit or digest. */
export async function readResolved(file: string): Promise<Report['subject']> {
  const text = await readFile(file, 'utf8');
  try {
    const { repository, revision } = parse(text);
    return { name: repository, version: revision, type: 'application' };
  } catch (error) {
    throw new ScanLinkError(`${file} is not what "scanlink fetch" writes: ${messageOf(error)}`, {
      code: 'DocumentInvalid',
      cause: error,
    });
  }
}
