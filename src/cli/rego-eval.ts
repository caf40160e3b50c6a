/** `scanlink rego eval`: a query over policies, data and an input, with the options and the output of `opa eval`. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { ScanLinkError } from '../lib/errors.ts';
import { compile, RegoErrors } from '../rego/index.ts';
import type { QueryResult, RegoErrorEntry, Value } from '../rego/index.ts';
import { exitCodes } from './context.ts';
import type { Context } from './context.ts';
import { collect, examples } from './options.ts';
import { loadData, parseDocument } from './rego-data.ts';
import { renderErrors, renderResults, regoFormats } from './render/rego.ts';
import type { RegoFormat } from './render/rego.ts';

interface Options {
  data?: string[];
  input?: string;
  stdinInput?: true;
  stdin?: true;
  format: RegoFormat;
  package?: string;
  import?: string[];
  v0Compatible?: true;
  v1Compatible?: true;
  strict?: true;
  strictBuiltinErrors?: true;
  fail?: true;
  failDefined?: true;
  timeout?: string;
}

export function regoEvalCommand(context: Context): Command {
  return new Command('eval')
    .argument('[query]', 'the query; read from standard input with --stdin')
    .option('-d, --data <path>', 'policy or data: a file or a folder; may be repeated', collect)
    .option('-i, --input <file>', 'the input document, JSON or YAML')
    .option('-I, --stdin-input', 'read the input document from standard input')
    .option('--stdin', 'read the query from standard input')
    .addOption(
      new Option('-f, --format <format>', 'how to print the result').choices(regoFormats).default('json'),
    )
    .addOption(new Option('-o, --output <format>', 'the same as --format').choices(regoFormats))
    .option('--package <path>', 'the package the query is read in')
    .option('--import <path>', 'an import of the query; may be repeated', collect)
    .option('--v0-compatible', 'Rego v0 unless a module says otherwise (the default)')
    .addOption(new Option('--v1-compatible', 'Rego v1').conflicts('v0Compatible'))
    .option('-S, --strict', "the compiler's strict mode")
    .option('--strict-builtin-errors', 'the first error of a builtin ends the evaluation')
    .option('--timeout <duration>', 'stop after this time: 500ms, 10s, 2m')
    .option('--fail', 'exit 1 when the result is undefined or empty')
    .option('--fail-defined', 'exit 1 when the result is defined')
    .addHelpText(
      'after',
      examples(
        `scanlink rego eval 'x := 1; y := 2; x < y'`,
        `scanlink rego eval -d policy.rego -i report.json --format pretty 'data.main.deny'`,
      ),
    )
    .action(async (query: string | undefined, options: Options & { output?: RegoFormat }) => {
      const format = options.output ?? options.format;
      try {
        const results = await evaluate(query, options, context);
        context.out.write(renderResults(results, format));
        const defined = results.length > 0;
        if ((options.fail && !defined) || (options.failDefined && defined)) context.exit(exitCodes.violated);
      } catch (thrown) {
        if (!(thrown instanceof RegoErrors)) throw thrown;
        report(thrown.errors, format, context);
        context.exit(exitCodes.failed);
      }
    });
}

/** As opa does: the formats for machines carry errors in their own shape. */
function report(errors: readonly RegoErrorEntry[], format: RegoFormat, context: Context): void {
  const stream = format === 'json' || format === 'discard' ? context.out : context.err;
  stream.write(renderErrors(errors, format));
}

async function evaluate(
  query: string | undefined,
  options: Options,
  context: Context,
): Promise<QueryResult[]> {
  if (options.stdin && options.stdinInput)
    throw usage('--stdin and --stdin-input both read standard input; give one of them');
  const source = options.stdin ? await text(process.stdin) : query;
  if (source === undefined) throw usage('give a query, or --stdin to read it from standard input');
  const input = await readInput(options);
  const { modules, data } = await loadData(options.data ?? []);
  const regoVersion = options.v1Compatible ? 1 : 0;
  const policy = compile(modules, { regoVersion, strict: options.strict ?? false });
  const prepared = policy.query(source, {
    regoVersion,
    ...(options.package !== undefined && { package: packagePath(options.package) }),
    imports: options.import ?? [],
  });
  return prepared.evaluate({
    data,
    ...(input !== undefined && { input }),
    strictBuiltinErrors: options.strictBuiltinErrors ?? false,
    ...(options.timeout !== undefined && {
      limits: { deadline: Date.now() + milliseconds(options.timeout) },
    }),
    print: (line) => context.err.write(`${line}\n`),
  });
}

async function readInput(options: Options): Promise<Value | undefined> {
  if (options.stdinInput) return parseDocument(await text(process.stdin), 'standard input');
  if (options.input === undefined) return undefined;
  return parseDocument(await readFile(options.input, 'utf8'), options.input);
}

function packagePath(path: string): string {
  return path.startsWith('data.') || path === 'data' ? path : `data.${path}`;
}

/** Go's durations, as far as people type them. */
function milliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  if (!match || unit === undefined) throw usage(`"${text}" is no duration; write it as 500ms, 10s or 2m`);
  return Number(match[1]) * unit;
}

function usage(message: string): ScanLinkError {
  return new ScanLinkError(message, { code: 'Usage' });
}
