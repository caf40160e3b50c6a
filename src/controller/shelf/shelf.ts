/**
 * Keeps the last report of each scan on disk, so that a changed policy is applied without a new job (spec.md §5), and
 * results wait for a metadata store that is not there yet (spec.md §2).
 *
 * `reports/<sha256>` holds the bytes, once however many scans have the same; `scans/<uid>.json` says which are whose.
 * A report is only ever a convenience: whatever is damaged, missing or does not fit is forgotten, and the scan runs
 * again when it is needed.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';

export interface ReportShelf {
  /** Replaces what was kept of this scan. @param digest of the report, as `status.report.digest` has it */
  put(uid: string, digest: string, packed: Uint8Array): Promise<void>;
  /** The digest of the report that is kept of this scan; undefined where none is. */
  digestOf(uid: string): string | undefined;
  /** The bytes as they were put; undefined where they are not there any more. */
  read(uid: string): Promise<Uint8Array | undefined>;
  remove(uid: string): Promise<void>;
  /** Forgets every scan that `isWanted` does not want. */
  sweep(isWanted: (uid: string) => boolean): Promise<void>;
}

export interface ShelfOptions {
  readonly dir: string;
  /** Of all reports together (default 1 GiB); the ones put first go first. */
  readonly maxBytes?: number;
  readonly log?: Log;
}

const entrySchema = z.object({
  uid: z.string(),
  digest: z.string(),
  blob: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().min(0),
  order: z.number(),
});
type Entry = z.infer<typeof entrySchema>;

/** @throws the file system's error when the folder cannot be made or listed */
export async function openShelf(options: ShelfOptions): Promise<ReportShelf> {
  const shelf = new DiskShelf(options);
  await shelf.open();
  return shelf;
}

class DiskShelf implements ReportShelf {
  readonly #reports: string;
  readonly #scans: string;
  readonly #maxBytes: number;
  readonly #log: Log;
  /** In the order they were put. */
  readonly #entries = new Map<string, Entry>();
  /** How many scans have a blob, and how large it is. */
  readonly #blobs = new Map<string, { users: number; size: number }>();
  #bytes = 0;
  #order = 0;
  /** Writes and removals one after the other: blobs are shared. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor({ dir, maxBytes = 2 ** 30, log = silentLog }: ShelfOptions) {
    this.#reports = path.join(dir, 'reports');
    this.#scans = path.join(dir, 'scans');
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  async open(): Promise<void> {
    await mkdir(this.#reports, { recursive: true, mode: 0o700 });
    await mkdir(this.#scans, { recursive: true, mode: 0o700 });
    const found: Entry[] = [];
    for (const name of await readdir(this.#scans)) {
      const entry = await this.#readEntry(name);
      if (entry) found.push(entry);
    }
    for (const entry of found.toSorted((a, b) => a.order - b.order)) this.#hold(entry);
    this.#order = Math.max(0, ...found.map((entry) => entry.order));
    await this.#dropStrays();
  }

  digestOf(uid: string): string | undefined {
    return this.#entries.get(uid)?.digest;
  }

  put(uid: string, digest: string, packed: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (packed.byteLength > this.#maxBytes) {
        await this.#forget(uid);
        return;
      }
      const blob = createHash('sha256').update(packed).digest('hex');
      const entry: Entry = { uid, digest, blob, size: packed.byteLength, order: ++this.#order };
      await this.#writeWhole(path.join(this.#reports, blob), packed);
      await this.#writeWhole(this.#entryPath(uid), JSON.stringify(entry));
      const old = this.#entries.get(uid);
      this.#entries.delete(uid);
      this.#hold(entry);
      if (old) await this.#release(old.blob);
      await this.#makeRoom(uid);
    });
  }

  async read(uid: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(uid);
    if (!entry) return undefined;
    try {
      const bytes = await readFile(path.join(this.#reports, entry.blob));
      if (createHash('sha256').update(bytes).digest('hex') === entry.blob) return bytes;
      this.#log.warn({ uid }, 'a kept report was damaged');
    } catch (error) {
      this.#log.warn({ uid, error: messageOf(error) }, 'a kept report cannot be read');
    }
    // Another report may have been put meanwhile: only this one is forgotten.
    await this.#inTurn(async () => {
      if (this.#entries.get(uid) === entry) await this.#forget(uid);
    });
    return undefined;
  }

  remove(uid: string): Promise<void> {
    if (!this.#entries.has(uid)) return Promise.resolve();
    return this.#inTurn(() => this.#forget(uid));
  }

  sweep(isWanted: (uid: string) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      for (const uid of [...this.#entries.keys()]) if (!isWanted(uid)) await this.#forget(uid);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #makeRoom(newest: string): Promise<void> {
    for (const uid of [...this.#entries.keys()]) {
      if (this.#bytes <= this.#maxBytes) return;
      if (uid !== newest) await this.#forget(uid);
    }
  }

  #hold(entry: Entry): void {
    this.#entries.set(entry.uid, entry);
    const blob = this.#blobs.get(entry.blob);
    if (!blob) this.#bytes += entry.size;
    this.#blobs.set(entry.blob, { users: (blob?.users ?? 0) + 1, size: entry.size });
  }

  async #release(name: string): Promise<void> {
    const blob = this.#blobs.get(name);
    if (blob && --blob.users > 0) return;
    this.#blobs.delete(name);
    this.#bytes -= blob?.size ?? 0;
    await rm(path.join(this.#reports, name), { force: true });
  }

  async #forget(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    this.#entries.delete(uid);
    await rm(this.#entryPath(uid), { force: true });
    await this.#release(entry.blob);
  }

  /** What a crash between two writes left behind. */
  async #dropStrays(): Promise<void> {
    for (const name of await readdir(this.#reports))
      if (!this.#blobs.has(name)) await rm(path.join(this.#reports, name), { force: true });
  }

  async #readEntry(name: string): Promise<Entry | undefined> {
    const file = path.join(this.#scans, name);
    try {
      return entrySchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      this.#log.warn({ file: name, error: messageOf(error) }, 'an entry of a kept report is dropped');
      await rm(file, { force: true });
      return undefined;
    }
  }

  /** Written beside and renamed: there is never half a file under its name. */
  async #writeWhole(file: string, content: Uint8Array | string): Promise<void> {
    const aside = `${file}.${randomUUID()}.tmp`;
    try {
      await writeFile(aside, content, { mode: 0o600 });
      await rename(aside, file);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }

  /** A uid comes from the API server; a hash of it is a file name whatever it holds. */
  #entryPath(uid: string): string {
    return path.join(this.#scans, `${createHash('sha256').update(uid).digest('hex').slice(0, 32)}.json`);
  }
}

/** Keeps reports in memory: for tests, and where there is no disk. */
export function createMemoryShelf(): ReportShelf {
  const kept = new Map<string, { digest: string; packed: Uint8Array }>();
  return {
    put: async (uid, digest, packed) => void kept.set(uid, { digest, packed }),
    digestOf: (uid) => kept.get(uid)?.digest,
    read: async (uid) => kept.get(uid)?.packed,
    remove: async (uid) => void kept.delete(uid),
    sweep: async (isWanted) => {
      for (const uid of [...kept.keys()]) if (!isWanted(uid)) kept.delete(uid);
    },
  };
}
