/** The components of a report, for people. */
import type { Component, Report } from '../../report/model.ts';
import { columns, oneLine } from './columns.ts';
import { renderNotes } from './notes.ts';
import type { Paint } from './style.ts';
import { count } from './words.ts';

/** Ends with a line break. */
export function renderComponents(report: Report, paint: Paint): string {
  const rows = report.components
    .toSorted(byName)
    .map((component) => [
      oneLine(component.group === undefined ? component.name : `${component.group}/${component.name}`),
      oneLine(component.version ?? ''),
      paint('dim', oneLine(component.purl ?? '')),
    ]);
  const head = ['NAME', 'VERSION', 'PACKAGE URL'].map((title) => paint('bold', title));
  return [
    ...(rows.length > 0 ? [...columns([head, ...rows]), ''] : []),
    ...renderNotes(report, paint),
    `${count(report.components.length, 'package')}.`,
    '',
  ].join('\n');
}

/** Within an ecosystem, which the package URL begins with. */
function byName(a: Component, b: Component): number {
  const [left, right] = [a.purl ?? a.name, b.purl ?? b.name];
  return left < right ? -1 : Number(left > right);
}
