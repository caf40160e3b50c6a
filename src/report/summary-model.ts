/**
 * The second result contract (spec.md §6): the YAML that a container named `summary` prints last, merged from what every
 * step left as `out.yaml`.
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../lib/errors.ts';
import { reportFailure } from './failures.ts';
import type { ScannerName, SeverityCounts } from './model.ts';

export interface SummaryModel {
  /** What was fetched, by which contract field. */
  fetch: Partial<Record<'git' | 'blob' | 'image', { url?: string; revision?: string; path?: string }>>;
  sbom?: { packageCount?: number; reports: string[] };
  counts: SeverityCounts;
  scanner: ScannerName & { dbVersion?: string };
  /** Paths of reports within the pod. */
  reports: string[];
  /** Used as they are: the pod judged by itself. Absent when there is no `eval` at all. */
  violations?: string[];
  /** Where the pod stored its results. Absent when there is no `store` at all. */
  locations?: string[];
}

/** Nobody writes more by hand or by a merge of a few files. */
const largest = 4 * 1024 * 1024;

const text = z.union([z.string(), z.number().transform(String)]).nullish();
const texts = z
  .array(
    z.union([
      z.string(),
      z.object({ msg: z.string() }).transform((one) => one.msg),
      z.object({ message: z.string() }).transform((one) => one.message),
    ]),
  )
  .nullish();
const count = z.int().min(0).nullish();
const place = z.object({ url: text, revision: text, path: text }).nullish();

const schema = z.object({
  fetch: z.object({ git: place, blob: place, image: place }).nullish(),
  sbom: z.object({ packageCount: count, reports: texts }).nullish(),
  scan: z.object({
    cveCount: z.object({ critical: count, high: count, medium: count, low: count, unknown: count }).nullish(),
    scanner: z
      .object({ name: text, vendor: text, version: text, db: z.object({ version: text }).nullish() })
      .nullish(),
    reports: texts,
  }),
  eval: z.object({ violations: texts }).nullish(),
  store: z.object({ locations: texts }).nullish(),
});

type Written = z.infer<typeof schema>;

/**
 * Reads the last such document in what the container printed; lines before it are tolerated. Throws `ScanLinkError`
 * `SummaryInvalid`, which names the field and the line.
 */
export function readSummary(output: string): SummaryModel {
  if (output.trim() === '') throw reportFailure('SummaryInvalid', 'the summary container printed nothing');
  if (output.length > largest) {
    throw reportFailure('SummaryInvalid', `the summary container printed more than ${largest} characters`);
  }
  return modelOf(lastDocument(output.replaceAll('\r\n', '\n')));
}

const topLevel = /^(?:fetch|sbom|scan|eval|store):(?:\s|$)/;
const mostTries = 50;

/**
 * Begins at the earliest line from which the rest reads as one document with `scan`: whatever stands before, another
 * document too, is not part of it.
 */
function lastDocument(output: string): Written {
  const lines = output.split('\n');
  const starts: number[] = [];
  for (let at = lines.lastIndexOf('---') + 1; at < lines.length; at += 1)
    if (topLevel.test(lines[at] ?? '')) starts.push(at);
  if (starts.length === 0) {
    throw reportFailure(
      'SummaryInvalid',
      'the summary container printed no summary: a line that begins with "scan:" is missing',
    );
  }
  let first: unknown;
  for (const start of starts.slice(-mostTries)) {
    try {
      return parse(lines.slice(start).join('\n'), start);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** `before`: lines that stand before the text, for messages. */
function parse(yaml: string, before: number): Written {
  const document = parseDocument(yaml, { prettyErrors: true, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault) {
    const where = { line: (fault.linePos?.[0].line ?? 1) + before, column: fault.linePos?.[0].col };
    throw reportFailure(
      'SummaryInvalid',
      `the summary is not valid YAML: ${fault.message.split('\n')[0]?.replace(/ at line.*$/, '')}`,
      where,
    );
  }
  const parsed = schema.safeParse(toJs(document));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw reportFailure(
    'SummaryInvalid',
    `the summary's ${issue?.path.join('.') || 'content'} is wrong: ${issue?.message ?? ''}`,
  );
}

/** Aliases that stand for more than they should are refused by the library. */
function toJs(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw reportFailure(
      'SummaryInvalid',
      `the summary is not valid YAML: ${messageOf(error)}`,
      undefined,
      error,
    );
  }
}

function modelOf(written: Written): SummaryModel {
  const { scan } = written;
  const { critical, high, medium, low, unknown } = scan.cveCount ?? {};
  const counts = {
    CRITICAL: critical ?? 0,
    HIGH: high ?? 0,
    MEDIUM: medium ?? 0,
    LOW: low ?? 0,
    UNKNOWN: unknown ?? 0,
  };
  const { name, vendor, version, db } = scan.scanner ?? {};
  return {
    fetch: {
      git: placeOf(written.fetch?.git),
      blob: placeOf(written.fetch?.blob),
      image: placeOf(written.fetch?.image),
    },
    sbom: written.sbom
      ? { packageCount: written.sbom.packageCount ?? undefined, reports: written.sbom.reports ?? [] }
      : undefined,
    counts: { ...counts, CVETOTAL: Object.values(counts).reduce((sum, one) => sum + one, 0) },
    scanner: {
      name: name ?? undefined,
      vendor: vendor ?? undefined,
      version: version ?? undefined,
      dbVersion: db?.version ?? undefined,
    },
    reports: scan.reports ?? [],
    violations: written.eval ? (written.eval.violations ?? []) : undefined,
    locations: written.store ? (written.store.locations ?? []) : undefined,
  };
}

function placeOf(from: z.infer<typeof place>): SummaryModel['fetch']['git'] {
  return from
    ? { url: from.url ?? undefined, revision: from.revision ?? undefined, path: from.path ?? undefined }
    : undefined;
}
