/** `scanlink policy input`: what a policy of package main sees of a report. */
import { Command } from 'commander';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { readReportFile } from './report-input.ts';

export function policyInputCommand(context: Context): Command {
  return new Command('input')
    .argument('<report>', 'the report: CycloneDX XML or JSON; - reads standard input')
    .addOption(outputOption(['json']))
    .addHelpText(
      'after',
      examples(
        'scanlink policy input examples/reports/shop.json > input.json',
        `scanlink rego eval -i input.json --format raw 'input.report.components[_].findings[_].id'`,
      ),
    )
    .action(async (file: string) => {
      const { report } = await readReportFile(file);
      const { denyInput } = await import('../policy/judge.ts');
      context.out.write(`${JSON.stringify(denyInput(report), null, 2)}\n`);
    });
}
