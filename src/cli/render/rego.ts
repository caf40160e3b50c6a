/** Results of a Rego query in the output formats of `opa eval`. */
import { formatError, toJson } from '../../rego/index.ts';
import type { QueryResult, RegoErrorEntry, Value } from '../../rego/index.ts';
import { box } from './box.ts';
import { indentJson } from './indent-json.ts';

export const regoFormats = ['json', 'values', 'bindings', 'pretty', 'raw', 'discard'] as const;
export type RegoFormat = (typeof regoFormats)[number];

const renderers: Readonly<Record<RegoFormat, (results: readonly QueryResult[]) => string>> = {
  json: (results) =>
    `${results.length === 0 ? '{}' : indentJson(`{"result":[${results.map(resultJson).join(',')}]}`)}\n`,
  discard: (results) => (results.length === 0 ? '{}\n' : '{\n  "result": "discarded"\n}\n'),
  values: (results) =>
    lines(results, (result) =>
      indentJson(`[${result.expressions.map((one) => toJson(one.value)).join(',')}]`),
    ),
  bindings: (results) => lines(results, (result) => indentJson(bindingsJson(result))),
  raw: (results) => lines(results, (result) => result.expressions.map((one) => rawText(one.value)).join(' ')),
  pretty,
};

/** What goes to standard output; an undefined query has no results. */
export function renderResults(results: readonly QueryResult[], format: RegoFormat): string {
  return renderers[format](results);
}

/** Errors of parser, compiler or evaluation; for the formats that have no shape for them, as text. */
export function renderErrors(errors: readonly RegoErrorEntry[], format: RegoFormat): string {
  if (format === 'json' || format === 'discard')
    return `${JSON.stringify({ errors: errors.map(errorJson) }, null, 2)}\n`;
  const head = errors.length === 1 ? '1 error occurred: ' : `${errors.length} errors occurred:\n`;
  return `${head}${errors.map((error) => formatError(error) + sourceLine(error)).join('\n')}\n`;
}

/** A parser's error shows the line and points into it. */
function sourceLine(error: RegoErrorEntry): string {
  if (error.code !== 'rego_parse_error' || error.text === '') return '';
  return `\n\t${error.text}\n\t${' '.repeat(Math.max(0, error.col - 1))}^`;
}

function errorJson(error: RegoErrorEntry): object {
  return {
    message: error.message,
    code: error.code,
    ...(error.row > 0 && { location: { file: error.file, row: error.row, col: error.col } }),
    ...(error.code === 'rego_parse_error' && {
      details: { line: error.text, idx: Math.max(0, error.col - 1) },
    }),
  };
}

function resultJson(result: QueryResult): string {
  const expressions = result.expressions.map(
    (one) =>
      `{"value":${toJson(one.value)},"text":${toJson(one.text)},"location":{"row":${one.row},"col":${one.col}}}`,
  );
  const bindings = result.bindings.size === 0 ? '' : `,"bindings":${bindingsJson(result)}`;
  return `{"expressions":[${expressions.join(',')}]${bindings}}`;
}

function bindingsJson(result: QueryResult): string {
  const names = [...result.bindings.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${toJson(name)}:${toJson(result.bindings.get(name) ?? null)}`).join(',')}}`;
}

function rawText(value: Value): string {
  return typeof value === 'string' ? value : toJson(value);
}

function lines(results: readonly QueryResult[], line: (result: QueryResult) => string): string {
  return results.map((result) => `${line(result)}\n`).join('');
}

/** One value alone as JSON, everything else as a table of the variables and of what is not merely true. */
function pretty(results: readonly QueryResult[]): string {
  const [first] = results;
  if (!first) return 'undefined\n';
  const values = first.expressions.map((one) => one.value);
  const alone = values.length === 1 || values.every((value) => typeof value === 'boolean');
  if (results.length === 1 && first.bindings.size === 0 && alone)
    return `${indentJson(toJson(values[0] ?? null))}\n`;

  const shown = first.expressions
    .map((one, at) => ({
      at,
      text: one.text,
      plain: typeof one.value === 'boolean' && first.bindings.size > 0,
    }))
    .filter((one) => !one.plain);
  const names = [...first.bindings.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  const rows = results.map((result) => [
    ...shown.map((one) => toJson(result.expressions[one.at]?.value ?? null)),
    ...names.map((name) => toJson(result.bindings.get(name) ?? null)),
  ]);
  return `${box([...shown.map((one) => one.text), ...names], rows)}\n`;
}
