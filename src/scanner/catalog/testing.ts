/** Files in memory for tests of catalogers. */
import path from 'node:path';
import type { SourceFile } from './cataloger.ts';

/** The file `name` of a tree that holds `files`. */
export function aFile(name: string, files: Readonly<Record<string, string>>): SourceFile {
  const text = files[name];
  if (text === undefined) throw new Error(`the test has no file ${name}`);
  return {
    path: name,
    text: () => text,
    open: (relative) => {
      const inner = path.posix.join(path.posix.dirname(name), relative);
      return Object.hasOwn(files, inner) ? aFile(inner, files) : undefined;
    },
  };
}
