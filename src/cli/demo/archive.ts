/** A folder as a `.tar.gz`: the same folder gives the same bytes, so that its digest says what was scanned. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';

/** @param folder of a few small files; everything is held in memory */
export async function archiveFolder(folder: string): Promise<Uint8Array> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
  const entries = await Promise.all(
    files.map(async (name) => {
      const body = await readFile(path.join(folder, name));
      const header = {
        name: name.replaceAll(path.sep, '/'),
        size: body.byteLength,
        mode: 0o644,
        mtime: new Date(0),
      };
      return { header: { ...header, type: 'file' as const }, body };
    }),
  );
  return gzipSync(await packTar(entries));
}
