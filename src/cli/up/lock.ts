/** One `up` at a time for a data folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ScanLinkError } from '../../lib/errors.ts';

/**
 * Takes the folder's lock for as long as this process lives: SQLite's lock on a file of its own, which the system takes
 * back from a process however it dies.
 * @returns gives the lock back
 * @throws ScanLinkError `AlreadyRunning`, with the process that has it
 */
export function takeLock(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const owner = path.join(dataDir, 'up.pid');
  const database = new DatabaseSync(path.join(dataDir, 'up.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new ScanLinkError(
      `"scanlink up" is already running with the data folder ${dataDir}${pidIn(owner)}; stop that one, or give another folder with --data-dir`,
      { code: 'AlreadyRunning', cause: error },
    );
  }
  writeFileSync(owner, `${process.pid}\n`);
  return () => database.close();
}

function pidIn(file: string): string {
  try {
    const pid = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
