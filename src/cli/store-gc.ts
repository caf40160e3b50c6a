/** `scanlink store gc`: retention by age and by count. */
import { Command } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import type { Context } from './context.ts';
import { countOption, durationOption } from './duration-option.ts';
import { examples, outputOption } from './options.ts';
import { count } from './render/words.ts';

interface Options {
  db?: string;
  olderThan?: number;
  keep?: number;
  output: 'table' | 'json';
}

export function storeGcCommand(context: Context): Command {
  return new Command('gc')
    .option(
      '--db <file or URL>',
      'SQLite file or postgres://… (default: SCANLINK_STORE_DB, or the data folder)',
    )
    .option('--older-than <time>', 'drop reports not seen for so long: 12h, 90d, 1y', durationOption)
    .option('--keep <count>', 'of each image or source keep so many reports', countOption)
    .addOption(outputOption(['table', 'json']))
    .addHelpText(
      'after',
      `\nThe newest report of an image or source always stays.\n${examples('scanlink store gc --older-than 90d --keep 50')}`,
    )
    .action(async (options: Options) => {
      const { collectGarbage, openStoreDb } = await import('../store/manage.ts');
      const store = await openStoreDb({ location: storeDb(options.db) });
      try {
        const gone = await collectGarbage(
          store,
          { maxAgeMs: options.olderThan, keep: options.keep },
          context.stop(),
        );
        const words = `${count(gone.reports, 'report')} dropped, with ${count(gone.documents, 'document')} and ${count(gone.packages, 'package')} that nobody needs.`;
        context.out.write(options.output === 'json' ? `${JSON.stringify(gone)}\n` : `${words}\n`);
      } finally {
        await store.close();
      }
    });
}
