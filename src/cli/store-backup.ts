/** `scanlink store backup` and `restore`: a SQLite store in one file. */
import { Command } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import { ScanLinkError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { examples } from './options.ts';

export function storeBackupCommand(context: Context): Command {
  return new Command('backup')
    .argument('<file>', 'where the copy goes; it must not be there yet')
    .option('--db <file>', 'the store (default: SCANLINK_STORE_DB, or the data folder)')
    .addHelpText('after', examples('scanlink store backup store-monday.db'))
    .action(async (file: string, options: { db?: string }) => {
      const { backUp } = await import('../store/manage.ts');
      backUp(fileOf(options.db), file);
      context.err.write(`The copy is in ${file}, and was checked.\n`);
    });
}

export function storeRestoreCommand(context: Context): Command {
  return new Command('restore')
    .argument('<file>', 'a copy that "store backup" made; it stays as it is')
    .option('--db <file>', 'the store (default: SCANLINK_STORE_DB, or the data folder)')
    .option('--force', 'replace a store that is there')
    .addHelpText('after', examples('scanlink store restore store-monday.db --force'))
    .action(async (file: string, options: { db?: string; force?: true }) => {
      const { restore } = await import('../store/manage.ts');
      const target = fileOf(options.db);
      restore(file, target, options.force === true);
      context.err.write(`${target} is as ${file} has it.\n`);
    });
}

function fileOf(given: string | undefined): string {
  const location = storeDb(given);
  if (/^postgres(ql)?:/.test(location))
    throw new ScanLinkError('a store in PostgreSQL is copied by pg_dump and restored by pg_restore', {
      code: 'UsageInvalid',
    });
  return location;
}
