/** `scanlink scan`: from a folder, a git URL or an archive to findings, without any control plane. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { advisoryDb } from '../config/data-dir.ts';
import { ScanLinkError } from '../lib/errors.ts';
import type { Verdict } from '../policy/verdict.ts';
import { compareSeverity, countReport } from '../report/severity.ts';
import type { Report, Severity } from '../report/model.ts';
import { severities } from '../report/model.ts';
import { openDb, scanFolder } from '../scanner/index.ts';
import type { AdvisoryDb, ScanProgress } from '../scanner/index.ts';
import { exitCodes } from './context.ts';
import type { Context } from './context.ts';
import { judgeFile } from './judge.ts';
import { examples } from './options.ts';
import { renderFindings } from './render/findings.ts';
import { progressOn } from './render/progress.ts';
import { painter } from './render/style.ts';
import { renderVerdict } from './render/verdict.ts';
import { count } from './render/words.ts';
import { reportOutput, writeReport } from './report-output.ts';
import type { ReportOutput } from './report-output.ts';
import { useSource, withTargetOptions } from './source.ts';
import type { TargetOptions } from './target.ts';

interface Options extends TargetOptions {
  db?: string;
  failOn?: Severity;
  failOnIncomplete?: true;
  allowIncomplete?: true;
  policy?: string;
  output: ReportOutput;
  envelope?: true;
  resolved?: string;
}

export function scanCommand(context: Context): Command {
  const command = new Command('scan')
    .argument('<target>', 'a folder, a git URL, or a .tar.gz here or behind a URL')
    .option('--db <file>', 'advisory database (default: advisories.db in the data folder)')
    .option(
      '--fail-on <severity>',
      `exit 1 from this severity on: ${severities.slice(0, 4).join(', ').toLowerCase()}`,
      severity,
    )
    .option('--fail-on-incomplete', 'exit 2 when something could not be read or matched')
    .option('--allow-incomplete', 'let --fail-on and --policy pass although something could not be read')
    .option('--policy <file>', 'judge the findings by this Rego policy; exit 1 when it is violated')
    .addOption(reportOutput())
    .addOption(new Option('--envelope', 'print CycloneDX packed, so that no log damages it').hideHelp())
    .addOption(new Option('--resolved <file>', 'what "scanlink fetch" wrote').hideHelp());
  return withTargetOptions(command)
    .addHelpText(
      'after',
      examples(
        'scanlink scan .',
        'scanlink scan --fail-on high --db advisories.db https://example.com/shop.git',
        'scanlink scan -o cyclonedx-json . > bom.json',
      ),
    )
    .action((target: string, options: Options) => run(target, options, context));
}

async function run(target: string, options: Options, context: Context): Promise<void> {
  const progress = progressOn(context.err);
  const db = await open(options.db);
  try {
    const report = await useSource(target, options, context, progress, (source) =>
      scanFolder(source.folder, {
        db,
        subject: source.subject,
        onProgress: (at) => progress.say(stepText(at)),
      }),
    );
    const verdict = options.policy === undefined ? undefined : await judgeFile(options.policy, report);
    progress.done();
    await print(report, verdict, options, context);
    decideExit(report, verdict, options, context);
  } finally {
    progress.done();
    db.close();
  }
}

/** A scan without advisories would look clean: it does not start. */
async function open(given: string | undefined): Promise<AdvisoryDb> {
  const file = advisoryDb(given);
  try {
    return await openDb(file);
  } catch (error) {
    if (!(error instanceof ScanLinkError) || error.code !== 'DatabaseNotFound') throw error;
    throw new ScanLinkError(
      `there is no advisory database at ${file}, so nothing could be matched; build one with "scanlink db import FOLDER", ` +
        `name one with --db, or list the components alone with "scanlink sbom"`,
      { code: error.code, cause: error },
    );
  }
}

function stepText(at: ScanProgress): string {
  return at.step === 'catalog' ? `Reading ${at.path}` : `Matching ${count(at.packages, 'package')}`;
}

async function print(
  report: Report,
  verdict: Verdict | undefined,
  options: Options,
  context: Context,
): Promise<void> {
  if (options.envelope) {
    await writeReport(report, 'envelope', context.out);
    return;
  }
  if (options.output === 'cyclonedx-json') {
    await writeReport(report, 'cyclonedx-json', context.out);
    // The document is the result; the verdict still has to be seen.
    if (verdict) context.err.write(renderVerdict(verdict, painter(context.err)));
    return;
  }
  const summary = countReport(report);
  if (options.output === 'json') {
    context.out.write(`${JSON.stringify({ summary, policy: verdict, report }, null, 2)}\n`);
    return;
  }
  const paint = painter(context.out);
  context.out.write(renderFindings(report, summary, paint, context.out.columns || 160));
  if (verdict) context.out.write(`\n${renderVerdict(verdict, paint)}`);
}

/** A violation goes before what could not be read: it is certain. */
function decideExit(report: Report, verdict: Verdict | undefined, options: Options, context: Context): void {
  if (verdict && !verdict.passed) context.exit(exitCodes.violated);
  else if (options.failOn && reaches(report, options.failOn)) context.exit(exitCodes.violated);
  else if (report.incomplete.length > 0 && wantsAll(options)) {
    context.err.write(
      'Not everything could be read or matched, so this is no pass; --allow-incomplete makes it one.\n',
    );
    context.exit(exitCodes.failed);
  }
}

/** Whoever gates on the answer must not be told "clean" of what nobody looked at. */
function wantsAll({ failOn, policy, failOnIncomplete, allowIncomplete }: Options): boolean {
  if (allowIncomplete) return false;
  return failOnIncomplete === true || failOn !== undefined || policy !== undefined;
}

function reaches(report: Report, threshold: Severity): boolean {
  return report.components.some((component) =>
    component.findings.some((finding) => compareSeverity(finding.severity, threshold) <= 0),
  );
}

function severity(word: string): Severity {
  const found = severities.find((one) => one === word.toUpperCase() && one !== 'UNKNOWN');
  if (!found) throw new InvalidArgumentError('Give critical, high, medium or low.');
  return found;
}
