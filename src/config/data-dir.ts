/** Where the program keeps its things on this machine. */
import { homedir } from 'node:os';
import path from 'node:path';

/** The data folder: what the command line names, else `SCANLINK_DATA_DIR`, else `~/.scan-link`. Absolute. */
export function dataDir(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(given ?? notEmpty(env['SCANLINK_DATA_DIR']) ?? path.join(homedir(), '.scan-link'));
}

/** The advisory database: what the command line names, else `SCANLINK_DB`, else the one in the data folder. */
export function advisoryDb(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(
    given ?? notEmpty(env['SCANLINK_DB']) ?? path.join(dataDir(undefined, env), 'advisories.db'),
  );
}

/** An empty variable is one that is not set. */
function notEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
