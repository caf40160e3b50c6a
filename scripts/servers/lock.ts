import { DatabaseSync } from 'node:sqlite';

/**
 * Runs `work` while no other process holds the lock `file`. SQLite's file lock is the operating
 * system's: it goes away with the process that held it, so nothing stale is ever left behind.
 * `onWait` is called once when another process is at it; the wait itself has a limit of an hour.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    if (!tryLock(database)) {
      onWait();
      database.exec('PRAGMA busy_timeout = 3600000');
      database.exec('BEGIN EXCLUSIVE');
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && /locked|busy/.test(error.message)) return false;
    throw error;
  }
}
