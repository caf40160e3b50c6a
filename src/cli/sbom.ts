/** `scanlink sbom`: the components of a target, without matching. */
import { Command } from 'commander';
import type { Report } from '../report/model.ts';
import { sbomFolder } from '../scanner/index.ts';
import type { Context } from './context.ts';
import { examples } from './options.ts';
import { renderComponents } from './render/components.ts';
import { progressOn } from './render/progress.ts';
import { painter } from './render/style.ts';
import { reportOutput, writeReport } from './report-output.ts';
import type { ReportOutput } from './report-output.ts';
import { useSource, withTargetOptions } from './source.ts';
import type { TargetOptions } from './target.ts';

interface Options extends TargetOptions {
  output: ReportOutput;
}

export function sbomCommand(context: Context): Command {
  const command = new Command('sbom')
    .argument('<target>', 'a folder, a git URL, or a .tar.gz here or behind a URL')
    .addOption(reportOutput());
  return withTargetOptions(command)
    .addHelpText('after', examples('scanlink sbom .', 'scanlink sbom -o cyclonedx-json . > bom.json'))
    .action((target: string, options: Options) => run(target, options, context));
}

async function run(target: string, options: Options, context: Context): Promise<void> {
  const progress = progressOn(context.err);
  const report = await useSource(target, options, context, progress, (source) =>
    sbomFolder(source.folder, {
      subject: source.subject,
      onProgress: (at) => at.step === 'catalog' && progress.say(`Reading ${at.path}`),
    }),
  ).finally(() => progress.done());
  await print(report, options.output, context);
}

async function print(report: Report, output: ReportOutput, context: Context): Promise<void> {
  if (output === 'cyclonedx-json') await writeReport(report, output, context.out);
  else if (output === 'json') context.out.write(`${JSON.stringify({ report }, null, 2)}\n`);
  else context.out.write(renderComponents(report, painter(context.out)));
}
