/** `scanlink db info`: what the advisory database holds, and of which date. */
import { Command } from 'commander';
import { advisoryDb } from '../config/data-dir.ts';
import { dbInfo } from '../scanner/index.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { renderDb } from './render/db.ts';
import { painter } from './render/style.ts';

interface Options {
  db?: string;
  output: 'table' | 'json';
}

export function dbInfoCommand(context: Context): Command {
  return new Command('info')
    .option('--db <file>', 'the database (default: advisories.db in the data folder)')
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink db info', 'scanlink db info --db advisories.db -o json'))
    .action(async (options: Options) => {
      const info = await dbInfo(advisoryDb(options.db));
      context.out.write(
        options.output === 'json'
          ? `${JSON.stringify(info, null, 2)}\n`
          : renderDb(info, painter(context.out)),
      );
    });
}
