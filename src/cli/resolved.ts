/** What `scanlink fetch` leaves beside the source for the container that scans it: what exactly was fetched. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import type { Report } from '../report/model.ts';

const schema = z.object({ repository: z.string().min(1), revision: z.string().optional() });

export type Resolved = z.infer<typeof schema>;

export async function writeResolved(file: string, resolved: Resolved): Promise<void> {
  await writeFile(file, `${JSON.stringify(resolved)}\n`);
}

/** The artifact as `metadata.component` names it: the repository, and the commit or digest. */
export async function readResolved(file: string): Promise<Report['subject']> {
  const text = await readFile(file, 'utf8');
  try {
    const { repository, revision } = schema.parse(JSON.parse(text));
    return { name: repository, version: revision, type: 'application' };
  } catch (error) {
    throw new ScanLinkError(`${file} is not what "scanlink fetch" writes: ${messageOf(error)}`, {
      code: 'DocumentInvalid',
      cause: error,
    });
  }
}
