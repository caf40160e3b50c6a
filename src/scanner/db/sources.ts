/** Where OSV records lie: zips as the public bucket and its mirrors keep them, or loose files. */
import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ScanLinkError, messageOf } from '../../lib/errors.ts';
import { ZipFile } from './zip.ts';

/** One record's text, or what keeps it from being read. */
export type SourceItem = { readonly file: string; readonly entry: string } & (
  { readonly text: string } | { readonly problem: string }
);

/** Linux kernel records, the largest there are, stay below 8 MiB. */
const maxRecordBytes = 32 * 1024 * 1024;
const maxEntries = 5_000_000;
/** `<ecosystem>/all.zip`, and one level for a folder of several mirrors. */
const maxDepth = 3;

/**
 * Every record below `root`, a folder or one `.zip` or `.json` file, in the order of names. A damaged archive is
 * a problem of its own, and the others go on.
 * @throws ScanLinkError `DatabaseImportFailed` when there is nothing of that name.
 */
export function* sourceItems(root: string): Generator<SourceItem> {
  const files = sourceFiles(root);
  for (const file of files) {
    const name = path.relative(root, file) || path.basename(file);
    if (file.endsWith('.zip')) yield* zipItems(file, name);
    else yield looseItem(file, name);
  }
}

function sourceFiles(root: string): string[] {
  let stats;
  try {
    stats = statSync(root);
  } catch (error) {
    throw new ScanLinkError(`There are no advisories to import at ${root}: ${messageOf(error)}`, {
      code: 'DatabaseImportFailed',
      cause: error,
    });
  }
  return stats.isDirectory() ? filesBelow(root, 0) : [root];
}

/** In every folder its own files come first; links to files count, links to folders do not. */
function filesBelow(folder: string, depth: number): string[] {
  const names = readdirSync(folder).sort();
  const files: string[] = [];
  const folders: string[] = [];
  for (const name of names) {
    const full = path.join(folder, name);
    if (name.startsWith('.')) continue;
    if (lstatSync(full).isDirectory()) folders.push(full);
    else if (/\.(?:zip|json)$/.test(name) && statSync(full, { throwIfNoEntry: false })?.isFile())
      files.push(full);
  }
  if (depth < maxDepth) for (const sub of folders) files.push(...filesBelow(sub, depth + 1));
  return files;
}

function* zipItems(file: string, name: string): Generator<SourceItem> {
  let zip: ZipFile | undefined;
  try {
    zip = new ZipFile(file, { maxEntryBytes: maxRecordBytes, maxEntries });
    for (const entry of zip.entries()) {
      if (entry.name.endsWith('.json')) yield itemOf(name, entry.name, () => entry.read().toString('utf8'));
    }
  } catch (error) {
    yield { file: name, entry: '', problem: messageOf(error) };
  } finally {
    zip?.close();
  }
}

function looseItem(file: string, name: string): SourceItem {
  return itemOf(name, '', () => {
    if (statSync(file).size > maxRecordBytes) throw new Error('is too large');
    return readFileSync(file, 'utf8');
  });
}

function itemOf(file: string, entry: string, read: () => string): SourceItem {
  try {
    return { file, entry, text: read() };
  } catch (error) {
    return { file, entry, problem: messageOf(error) };
  }
}
