/** Writes one entry of an archive that was found harmless (`archive-entries.ts`), and is done with it when it returns. */
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { TarHeader } from 'modern-tar';
import { RefusedEntry } from './archive-entries.ts';

/** @throws RefusedEntry, or the error of the file system. */
export async function writeEntry(
  folder: string,
  header: TarHeader,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  const target = path.join(folder, header.name);
  if (header.type === 'directory') {
    mkdirSync(target, { recursive: true, mode: 0o755 });
    await body.cancel();
    return;
  }
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
  // Of two entries with one name the later counts.
  if (lstatSync(target, { throwIfNoEntry: false })) rmSync(target);
  if (header.type !== 'symlink' && header.type !== 'link') return writeFile(target, body);
  if (header.type === 'symlink') symlinkSync(header.linkname ?? '', target);
  else linkFile(path.join(folder, header.linkname ?? ''), target, header);
  await body.cancel();
}

async function writeFile(target: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const fd = openSync(target, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o644);
  try {
    for await (const chunk of body) {
      for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
    }
  } finally {
    closeSync(fd);
  }
}

/** A hard link is one to an earlier file of the same archive, and to nothing else. */
function linkFile(source: string, target: string, { linkname = '' }: TarHeader): void {
  if (!lstatSync(source, { throwIfNoEntry: false })?.isFile()) {
    throw new RefusedEntry(`its entry ${JSON.stringify(linkname)} is linked to before it is there`);
  }
  linkSync(source, target);
}
