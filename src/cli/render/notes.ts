import type { Report } from '../../report/model.ts';
import { clip } from './columns.ts';
import type { Paint } from './style.ts';
import { count } from './words.ts';

const most = 20;

/** What could not be read or matched, and why: a scan that left something out never looks like a whole one. */
export function renderNotes(report: Report, paint: Paint): string[] {
  if (report.incomplete.length === 0) return [];
  const more = report.incomplete.length - most;
  return [
    paint('yellow', `Not everything could be read or matched (${count(report.incomplete.length, 'note')}):`),
    ...report.incomplete.slice(0, most).map((note) => `  ${clip(note, 300)}`),
    ...(more > 0 ? [`  and ${more} more; -o json shows all`] : []),
    '',
  ];
}
