/** What a scan found, for people: by package, worst first. */
import { compareSeverity } from '../../report/severity.ts';
import type { Component, Finding, Report, ReportSummary } from '../../report/model.ts';
import { severities } from '../../report/model.ts';
import { columns, oneLine } from './columns.ts';
import { renderNotes } from './notes.ts';
import { paintSeverity } from './style.ts';
import type { Paint } from './style.ts';
import { count, day } from './words.ts';

/** Lines of a table, its summary, which advisories were used, and what could not be read. Ends with a line break. */
export function renderFindings(report: Report, summary: ReportSummary, paint: Paint, width: number): string {
  const affected = report.components
    .filter((component) => component.findings.length > 0)
    .toSorted(worstFirst);
  return [
    ...table(affected, paint, width),
    ...renderNotes(report, paint),
    summaryLine(report, summary, affected.length, paint),
    advisoriesLine(report, paint),
    '',
  ].join('\n');
}

function worstFirst(a: Component, b: Component): number {
  return compareSeverity(worst(a), worst(b)) || (a.name < b.name ? -1 : Number(a.name > b.name));
}

function worst(component: Component): Finding['severity'] {
  return component.findings.map((finding) => finding.severity).toSorted(compareSeverity)[0] ?? 'UNKNOWN';
}

function table(affected: readonly Component[], paint: Paint, width: number): string[] {
  // All groups share their columns; heads are put in between afterwards.
  const rows = affected.flatMap((component) =>
    component.findings.toSorted(byWeight).map((one) => row(one, paint)),
  );
  const lines = columns(rows, '  ');
  let at = 0;
  return affected.flatMap((component) => {
    const own = lines.slice(at, (at += component.findings.length));
    return [heading(component, paint), ...own.map((line) => cut(line, width)), ''];
  });
}

function byWeight(a: Finding, b: Finding): number {
  return compareSeverity(a.severity, b.severity) || (a.id < b.id ? -1 : 1);
}

function heading(component: Component, paint: Paint): string {
  const name = component.group === undefined ? component.name : `${component.group}/${component.name}`;
  const kind = /^pkg:([^/]+)\//.exec(component.purl ?? '')?.[1];
  const title = paint('bold', oneLine(`${name} ${component.version ?? '(no version)'}`));
  return kind === undefined ? title : `${title} ${paint('dim', kind)}`;
}

function row(finding: Finding, paint: Paint): string[] {
  const fixed =
    finding.fixedIn.length > 0
      ? `fixed in ${finding.fixedIn.map(oneLine).join(', ')}`
      : paint('dim', 'no fix known');
  const aliases = finding.aliases.filter((alias) => alias.startsWith('CVE-')).slice(0, 1);
  const id = [finding.id, ...aliases].map(oneLine).join(' ');
  return [paintSeverity(paint, finding.severity), id, fixed, oneLine(finding.description ?? '')];
}

/** Cuts a line with colours at the terminal's edge: only its end, the description, is plain. */
function cut(line: string, width: number): string {
  const escapes = [...line.matchAll(/\u001b\[[\d;]*m/g)].reduce((sum, [code]) => sum + code.length, 0);
  const characters = Array.from(line);
  return characters.length - escapes <= width
    ? line
    : `${characters.slice(0, width + escapes - 1).join('')}…`;
}

function summaryLine(report: Report, summary: ReportSummary, affected: number, paint: Paint): string {
  const packages = count(summary.components, 'package');
  if (summary.counts.CVETOTAL === 0) {
    if (summary.components === 0) return `${packages} found, so there was nothing to match.`;
    return report.incomplete.length === 0
      ? paint('green', `No known vulnerability in ${packages}.`)
      : `No known vulnerability in what could be matched of ${packages}.`;
  }
  const parts = severities
    .filter((severity) => summary.counts[severity] > 0)
    .map((severity) =>
      paintSeverity(paint, severity, `${summary.counts[severity]} ${severity.toLowerCase()}`),
    );
  const total = count(summary.counts.CVETOTAL, 'vulnerability', 'vulnerabilities');
  return `${paint('bold', total)} in ${affected.toLocaleString('en-US')} of ${packages}: ${parts.join(', ')}`;
}

function advisoriesLine({ db }: Report, paint: Paint): string {
  if (!db) return paint('yellow', 'No advisory database was used.');
  const date = db.date === undefined ? 'of unknown date' : `of ${day(db.date)}`;
  return paint('dim', `Advisories: ${oneLine(db.name ?? 'unnamed')} ${date}`);
}
