/** `scanlink store backup` and `restore`: a SQLite store in one file. */
import { Command } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import { ScanLinkError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';

interface Options {
  db?: string;
  force?: true;
  output: 'table' | 'json';
}

export function storeBackupCommand(context: Context): Command {
  return new Command('backup')
    .argument('<file>', 'where the copy goes; it must not be there yet')
    .option('--db <file>', 'the store (default: SCANLINK_STORE_DB, or the data folder)')
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink store backup store-monday.db'))
    .action(async (file: string, options: Options) => {
      const { backUp } = await import('../store/manage.ts');
      const store = fileOf(options.db);
      backUp(store, file);
      say(context, options, { store, copy: file }, `The copy is in ${file}, and was checked.`);
    });
}

export function storeRestoreCommand(context: Context): Command {
  return new Command('restore')
    .argument('<file>', 'a copy that "store backup" made; it stays as it is')
    .option('--db <file>', 'the store (default: SCANLINK_STORE_DB, or the data folder)')
    .option('--force', 'replace a store that is there')
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink store restore store-monday.db --force'))
    .action(async (file: string, options: Options) => {
      const { restore } = await import('../store/manage.ts');
      const target = fileOf(options.db);
      restore(file, target, options.force === true);
      say(context, options, { store: target, copy: file }, `${target} is as ${file} has it.`);
    });
}

function say(context: Context, { output }: Options, facts: object, words: string): void {
  context.out.write(output === 'json' ? `${JSON.stringify(facts)}\n` : `${words}\n`);
}

function fileOf(given: string | undefined): string {
  const location = storeDb(given);
  if (/^postgres(ql)?:/.test(location))
    throw new ScanLinkError('a store in PostgreSQL is copied by pg_dump and restored by pg_restore', {
      code: 'UsageInvalid',
    });
  return location;
}
