/** A copy of a SQLite store while it runs, and back. PostgreSQL has tools of its own for that. */
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../lib/errors.ts';
import { storeFailure } from './failures.ts';
import { migrations } from './migrations.ts';

/**
 * Writers go on meanwhile; the copy is of one moment, checked, and whole when it has its name.
 * @throws ScanLinkError `StoreBackupFailed`
 */
export function backUp(file: string, target: string): void {
  if (existsSync(target))
    throw storeFailure('StoreBackupFailed', `${target} is there already; choose another name`);
  if (!existsSync(file)) throw storeFailure('StoreBackupFailed', `${file}: there is no such store`);
  const aside = `${target}.new`;
  try {
    rmSync(aside, { force: true });
    const database = new DatabaseSync(file, { timeout: 10_000, readOnly: true });
    try {
      database.prepare('vacuum into ?').run(aside);
    } finally {
      database.close();
    }
    verify(aside);
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw storeFailure(
      'StoreBackupFailed',
      `${file} was not copied to ${target}: ${messageOf(error)}`,
      error,
    );
  }
}

/**
 * Puts a copy in the place of a store that does not run. The copy is checked first and stays as it is.
 * @param replace whether a store that is there is replaced
 * @throws ScanLinkError `StoreBackupFailed`
 */
export function restore(copy: string, file: string, replace: boolean): void {
  if (existsSync(file) && !replace)
    throw storeFailure('StoreBackupFailed', `${file} is there already; --force replaces it`);
  const aside = `${file}.restored`;
  try {
    if (existsSync(file)) refuseRunning(file);
    copyFileSync(copy, aside);
    verify(aside);
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    renameSync(aside, file);
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${aside}${suffix}`, { force: true });
    throw storeFailure(
      'StoreBackupFailed',
      `${copy} was not restored to ${file}: ${messageOf(error)}`,
      error,
    );
  }
}

/** Whoever has the file open keeps a lock on its WAL, so that this pragma fails. */
function refuseRunning(file: string): void {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=DELETE');
  } catch (error) {
    throw new Error('a store runs on it; stop that one first', { cause: error });
  } finally {
    database.close();
  }
}

function verify(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const [row] = database.prepare('PRAGMA integrity_check').all();
    if (row?.['integrity_check'] !== 'ok') throw new Error('the copy is damaged');
    const found = database.prepare('select max(version) as version from schema_versions').get();
    const newest = migrations.at(-1)?.version ?? 0;
    if (Number(found?.['version']) > newest)
      throw new Error(
        `it has schema version ${Number(found?.['version'])}, and this scanlink knows ${newest}`,
      );
  } finally {
    database.close();
  }
}
