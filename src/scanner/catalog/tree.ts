/** The scanned folder: finds files by name and opens them, never leaving it, never following a link out of it. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { ScanLinkError, messageOf } from '../../lib/errors.ts';
import type { SourceFile } from './cataloger.ts';

export interface TreeLimits {
  /** Entries looked at, folders included. */
  readonly maxEntries: number;
  readonly maxDepth: number;
  /** Bytes of one file that is read. */
  readonly maxFileBytes: number;
}

export const defaultTreeLimits: TreeLimits = {
  maxEntries: 2_000_000,
  maxDepth: 64,
  maxFileBytes: 256 * 1024 * 1024,
};

/** Version control's own folders, and what package managers installed: the project's lock file tells of that. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

export class Tree {
  readonly #root: string;
  readonly #limits: TreeLimits;

  /** @throws ScanLinkError `ScannerFailed` where `root` is no folder that can be read. */
  constructor(root: string, limits: TreeLimits = defaultTreeLimits) {
    this.#limits = limits;
    try {
      this.#root = realpathSync(root);
      readdirSync(this.#root);
    } catch (error) {
      throw new ScanLinkError(`The folder to scan cannot be read: ${messageOf(error)}`, {
        code: 'ScannerFailed',
        where: { path: root },
        cause: error,
      });
    }
  }

  /** Paths (relative, `/`) of the files that `wanted` picks, sorted; `notes` receives what could not be looked at. */
  *files(wanted: (file: string) => boolean, notes: string[]): Generator<string> {
    let entries = 0;
    const waiting: string[] = [''];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const inside = this.#read(folder, notes);
      entries += inside.length;
      if (entries > this.#limits.maxEntries) {
        notes.push(`the folder has more than ${this.#limits.maxEntries} entries; the rest was not looked at`);
        return;
      }
      const folders: string[] = [];
      for (const entry of inside) {
        const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!skippedFolders.has(entry.name)) folders.push(inner);
        } else if (wanted(inner) && this.#isFile(inner, entry, notes)) yield inner;
      }
      if (folder.split('/').length < this.#limits.maxDepth) waiting.push(...folders.reverse());
      else if (folders.length > 0) notes.push(`${folder}: folders deeper than this were not looked at`);
    }
  }

  #read(folder: string, notes: string[]): Dirent[] {
    try {
      const entries = readdirSync(path.join(this.#root, folder), { withFileTypes: true });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      notes.push(`${folder}: the folder cannot be read (${messageOf(error)})`);
      return [];
    }
  }

  /** A link counts where what it names is a file of this tree. */
  #isFile(inner: string, entry: Dirent, notes: string[]): boolean {
    if (entry.isFile()) return true;
    if (entry.isSymbolicLink() && this.#resolve(inner) !== undefined) return true;
    notes.push(`${inner}: is no file of this folder and was not read`);
    return false;
  }

  /** The real path of a file in the tree; undefined where it is none, or lies elsewhere. */
  #resolve(inner: string): string | undefined {
    try {
      const real = realpathSync(path.join(this.#root, inner));
      const relative = path.relative(this.#root, real);
      const leads = relative.startsWith('..') || path.isAbsolute(relative);
      return !leads && lstatSync(real).isFile() ? real : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws Error where the file is too large; `text()` throws where it cannot be read. */
  open(inner: string): SourceFile {
    return {
      path: inner,
      text: () => this.#text(inner),
      open: (relative) => this.#openBeside(inner, relative),
    };
  }

  #openBeside(inner: string, relative: string): SourceFile | undefined {
    if (relative.includes('\0') || path.isAbsolute(relative)) return undefined;
    const beside = path.posix.join(path.posix.dirname(inner), relative.replaceAll('\\', '/'));
    if (beside.startsWith('../') || this.#resolve(beside) === undefined) return undefined;
    return this.open(beside);
  }

  #text(inner: string): string {
    const real = this.#resolve(inner);
    if (real === undefined) throw new Error('is no file of this folder');
    // Without blocking on a pipe, and without following a link that was put there in the meantime.
    const fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      if (size > this.#limits.maxFileBytes)
        throw new Error(`is larger than ${this.#limits.maxFileBytes} bytes`);
      return decode(readFileSync(fd));
    } finally {
      closeSync(fd);
    }
  }
}

/** By the byte order mark; Windows PowerShell redirects output as UTF-16. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.toString('utf8', start);
}
