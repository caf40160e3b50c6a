/** The components of a report, for people. */
import type { Report } from '../../report/model.ts';
import { columns, oneLine } from './columns.ts';
import { renderNotes } from './notes.ts';
import type { Paint } from './style.ts';
import { count } from './words.ts';

/** Ends with a line break. */
export function renderComponents(report: Report, paint: Paint): string {
  const rows = report.components.map((component) => [
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
