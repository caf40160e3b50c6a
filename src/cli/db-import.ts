/** `scanlink db import`: builds the advisory database from OSV archives. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { advisoryDb } from '../config/data-dir.ts';
import { importOsv } from '../scanner/index.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { renderDb } from './render/db.ts';
import { progressOn } from './render/progress.ts';
import { painter } from './render/style.ts';
import { count, duration } from './render/words.ts';

interface Options {
  db?: string;
  name?: string;
  output: 'table' | 'json';
}

export function dbImportCommand(context: Context): Command {
  return new Command('import')
    .argument('<path>', 'a folder of <ecosystem>.zip or <ecosystem>/all.zip files, or one such file')
    .option('--db <file>', 'where to build it (default: advisories.db in the data folder)')
    .option('--name <name>', 'what reports call it (default: OSV)')
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink db import ~/Downloads/osv'))
    .action((from: string, options: Options) => run(from, options, context));
}

async function run(from: string, options: Options, context: Context): Promise<void> {
  const db = advisoryDb(options.db);
  await mkdir(path.dirname(db), { recursive: true });
  const started = performance.now();
  const progress = progressOn(context.err);
  const result = await importOsv(from, db, {
    name: options.name,
    signal: context.stop(),
    onProgress: (at) => progress.say(`Reading ${at.file}: ${count(at.records, 'record')} so far`),
  }).finally(() => progress.done());
  if (options.output === 'json') {
    context.out.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  context.out.write(renderDb(result, painter(context.out)));
  context.out.write(`\nImported in ${duration(performance.now() - started)}.\n`);
  for (const problem of result.problems) context.err.write(`Skipped: ${problem}\n`);
}
