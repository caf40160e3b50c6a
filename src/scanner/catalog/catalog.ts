/** Reads every file of a folder that a cataloger knows. */
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../lib/errors.ts';
import type { Catalog, Package } from '../model.ts';
import type { Cataloger, ReadFile } from './cataloger.ts';
import { catalogers, isUnreadFormat } from './catalogers.ts';
import { Tree } from './tree.ts';

export interface CatalogOptions {
  readonly signal?: AbortSignal;
  readonly onFile?: (path: string, files: number) => void;
}

const mostPackages = 2_000_000;
/** Notes are shown to people: a message of a parser is cut here. */
const longestMessage = 300;

/**
 * Packages of all lock files and manifests below `root`. A file that cannot be read is a note in `incomplete`.
 * @throws ScanLinkError `ScannerFailed` where the folder itself cannot be read.
 */
export async function catalogFolder(root: string, options: CatalogOptions = {}): Promise<Catalog> {
  const tree = new Tree(root);
  const incomplete: string[] = [];
  const packages: Package[] = [];
  const readers = new Map<Cataloger, ReadFile>();
  let files = 0;
  for (const path of tree.files(isWanted, incomplete)) {
    const cataloger = catalogerOf(path);
    if (!cataloger) {
      incomplete.push(`${path}: files of this format are not read yet`);
      continue;
    }
    options.signal?.throwIfAborted();
    files++;
    options.onFile?.(path, files);
    // Others get their turn, so that an abort is seen and a progress line moves.
    if (files % 16 === 0) await setImmediate();
    const read = readers.get(cataloger) ?? (await cataloger.load());
    readers.set(cataloger, read);
    try {
      const content = await read(tree.open(path));
      for (const found of content.packages) packages.push(found);
      for (const note of content.notes) incomplete.push(`${path}: ${note}`);
    } catch (error) {
      incomplete.push(`${path}: not read: ${firstLine(messageOf(error))}`);
    }
    if (packages.length > mostPackages) {
      incomplete.push(`more than ${mostPackages} packages were found; files after ${path} were not read`);
      break;
    }
  }
  if (files === 0 && incomplete.length === 0)
    incomplete.push('no lock file or manifest of a known format was found');
  return { packages, incomplete, files };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, longestMessage);
}

function isWanted(path: string): boolean {
  return catalogerOf(path) !== undefined || isUnreadFormat(path);
}

function catalogerOf(path: string): Cataloger | undefined {
  return catalogers.find((cataloger) => cataloger.matches(path));
}
