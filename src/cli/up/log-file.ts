/** What `up` has to say about itself, in a file: the terminal is for the person at it. */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';

export interface LogFile {
  readonly path: string;
  write(line: string): void;
  close(): void;
}

/** The one before is kept, so that the two together never take more than twice this. */
const maxBytes = 8 * 1024 * 1024;

/** Appends to `up.log` of the data folder; a full one becomes `up.log.1`. Synchronous: the last line is there after a crash. */
export function openLogFile(dataDir: string): LogFile {
  const file = path.join(dataDir, 'up.log');
  let handle = openSync(file, 'a', 0o600);
  let size = statSync(file).size;
  return {
    path: file,
    write(line) {
      if (size > maxBytes) {
        closeSync(handle);
        renameSync(file, `${file}.1`);
        handle = openSync(file, 'a', 0o600);
        size = 0;
      }
      size += writeSync(handle, line);
    },
    close: () => closeSync(handle),
  };
}
