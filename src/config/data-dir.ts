/** Where the program keeps its things on this machine. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The data folder: what the command line names, else `SCANLINK_DATA_DIR`, else `~/.scan-link`. Absolute. */
export function dataDir(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(given ?? notEmpty(env['SCANLINK_DATA_DIR']) ?? path.join(homedir(), '.scan-link'));
}

/**
 * The advisory database: what the command line names, else `SCANLINK_DB`, else the one in the data folder; where that is
 * not there, `SCANLINK_FALLBACK_DB`, by which `scanlink up` gives its scan pods the demonstration's advisories.
 */
export function advisoryDb(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? notEmpty(env['SCANLINK_DB']);
  if (named !== undefined) return path.resolve(named);
  const own = path.join(dataDir(undefined, env), 'advisories.db');
  const fallback = notEmpty(env['SCANLINK_FALLBACK_DB']);
  return fallback === undefined || existsSync(own) ? own : path.resolve(fallback);
}

/**
 * The metadata store's database: what the command line names, else `SCANLINK_STORE_DB` (a URL with a password should not
 * stand on a command line), else the one that `scanlink up` has in the data folder.
 */
export function storeDb(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? notEmpty(env['SCANLINK_STORE_DB']);
  if (named === undefined) return path.join(dataDir(undefined, env), 'store', 'store.db');
  return /^postgres(ql)?:\/\//.test(named) ? named : path.resolve(named);
}

/** An empty variable is one that is not set. */
function notEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
