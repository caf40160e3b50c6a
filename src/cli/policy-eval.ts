/** `scanlink policy eval`: what the controller would decide about a report. */
import { Command } from 'commander';
import { exitCodes } from './context.ts';
import type { Context } from './context.ts';
import { judgeFile } from './judge.ts';
import { examples, outputOption } from './options.ts';
import { painter } from './render/style.ts';
import { renderVerdict } from './render/verdict.ts';
import { readReportFile } from './report-input.ts';

interface Options {
  report: string;
  output: 'table' | 'json';
}

export function policyEvalCommand(context: Context): Command {
  return new Command('eval')
    .argument('<file>', "the policy: Rego, as a ScanPolicy's regoFile has it")
    .requiredOption('--report <file>', 'the report: CycloneDX XML or JSON; - reads standard input')
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink policy eval examples/policies/severity.rego --report bom.json'))
    .action((file: string, options: Options) => run(file, options, context));
}

async function run(file: string, options: Options, context: Context): Promise<void> {
  const { report } = await readReportFile(options.report);
  const verdict = await judgeFile(file, report);
  const text =
    options.output === 'json'
      ? `${JSON.stringify(verdict, null, 2)}\n`
      : renderVerdict(verdict, painter(context.out));
  context.out.write(text);
  if (!verdict.passed) context.exit(exitCodes.violated);
}
