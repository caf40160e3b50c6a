/** A scan's status as `kubectl describe` would tell it, laid out for reading. */
import type { Scan } from '../../api/kinds.ts';
import type { Condition, ScanStatus } from '../../api/status-schema.ts';
import { severities } from '../../report/model.ts';
import { clip, columns, oneLine } from './columns.ts';
import { paintSeverity } from './style.ts';
import type { Paint } from './style.ts';
import { count, day } from './words.ts';

/** Lines, without a line break at the end. */
export function renderScan(scan: Scan, paint: Paint, width: number): string[] {
  const { status = {} } = scan;
  return [
    ...columns(
      facts(scan, status, paint).map(([name = '', value = '']) => [paint('dim', `${name}:`), value]),
    ),
    '',
    paint('bold', 'Conditions:'),
    ...conditionLines(status.conditions ?? [], paint, width),
    ...countLines(status, paint),
    ...violationLines(status, paint, width),
  ];
}

function facts(scan: Scan, status: ScanStatus, paint: Paint): string[][] {
  const { blob, git, registry } = status.artifact ?? {};
  const source = blob ?? git;
  const scanner = status.scannedBy?.scanner;
  return [
    ['Name', `${scan.kind ?? 'Scan'} ${scan.metadata.namespace}/${scan.metadata.name}`],
    ['Phase', paintPhase(status.phase ?? 'Pending', paint)],
    [
      'Scanned',
      oneLine(
        [registry?.image ?? source?.url, source?.revision && `at ${source.revision}`]
          .filter(Boolean)
          .join(' '),
      ),
    ],
    ['Scanned by', oneLine([scanner?.name, scanner?.version].filter(Boolean).join(' '))],
    ['Scanned at', status.scannedAt ?? ''],
    ['Report', status.report ? reportText(status.report) : ''],
    ['Advisories', status.report?.db ? databaseText(status.report.db) : ''],
    ['Results', oneLine(status.metadataUrl ?? '')],
    ['Failure', status.failure ? `${status.failure.code} (attempt ${status.failure.attempt})` : ''],
  ].filter(([, value]) => value !== '');
}

function reportText(report: NonNullable<ScanStatus['report']>): string {
  return `${count(report.components, 'component')}, ${count(report.findings, 'finding')}`;
}

function databaseText(db: NonNullable<NonNullable<ScanStatus['report']>['db']>): string {
  return oneLine([db.name ?? 'unnamed', db.date && `of ${day(db.date)}`].filter(Boolean).join(' '));
}

function paintPhase(phase: NonNullable<ScanStatus['phase']>, paint: Paint): string {
  switch (phase) {
    case 'Completed':
      return paint(['bold', 'green'], phase);
    case 'Failed':
    case 'Error':
      return paint(['bold', 'red'], phase);
    default:
      return paint('bold', phase);
  }
}

function conditionLines(conditions: readonly Condition[], paint: Paint, width: number): string[] {
  const rows = conditions.map((one) => [one.type, one.status, one.reason, one.message]);
  const head = ['TYPE', 'STATUS', 'REASON', 'MESSAGE'].map((title) => paint('dim', title));
  const [title = '', ...lines] = columns([head, ...rows], '  ');
  return [
    title,
    ...lines.flatMap((line, at) => {
      const error = conditions[at]?.error;
      return error === undefined
        ? [line]
        : [line, `    ${paint('red', clip(error, Math.max(40, width - 4)))}`];
    }),
  ];
}

function countLines({ cveCount }: ScanStatus, paint: Paint): string[] {
  if (!cveCount) return [];
  const heads = [...severities.map((severity) => paintSeverity(paint, severity)), paint('bold', 'CVETOTAL')];
  const values = [...severities, 'CVETOTAL' as const].map((name) => String(cveCount[name]));
  return ['', paint('bold', 'CVE count:'), ...columns([heads, values], '  ')];
}

function violationLines(
  { violations = [], violationCount = 0 }: ScanStatus,
  paint: Paint,
  width: number,
): string[] {
  if (violationCount === 0) return [];
  const shown = violations.slice(0, 10);
  const more = violationCount - shown.length;
  return [
    '',
    paint('bold', `Violations (${violationCount}):`),
    ...shown.map((message) => `  ${clip(message, Math.max(40, width - 2))}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
