/** What reading one format takes and gives. One file a format; the table of them is `catalogers.ts`. */
import type { Package } from '../model.ts';

/** A file in the scanned tree, read when asked for. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Its text as UTF-8 (or UTF-16 where its first bytes say so), without a byte order mark. */
  text(): string;
  /**
   * Another file of the tree by a path relative to this one's folder; undefined where there is none, where it is too
   * large, or where the path leads out of the tree.
   */
  open(relative: string): SourceFile | undefined;
}

export interface FileContent {
  readonly packages: Package[];
  /** What could not be read or is only assumed: sentences without the path, which the caller puts before them. */
  readonly notes: string[];
}

/**
 * Reads one file.
 * @throws any Error when the file as a whole cannot be read; its message becomes a note.
 */
export type ReadFile = (file: SourceFile) => FileContent | Promise<FileContent>;

export interface Cataloger {
  /** Of the format, for people: `package-lock.json`. */
  readonly name: string;
  readonly ecosystem: string;
  /** Whether a file with this path (relative, `/`) is of the format. */
  matches(path: string): boolean;
  /** Brings the reader and the parser it needs: nobody waits for a parser of a format that is not there. */
  load(): Promise<ReadFile>;
}

/** A list for a note that stays readable: the first few names, and how many more. */
export function someOf(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
