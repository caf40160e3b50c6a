/** Text in columns, as kubectl lays it out: no lines, two spaces between. */
import { stripVTControlCharacters } from 'node:util';

const gap = '  ';

/** How many cells a terminal uses for `text`; colour codes use none. Wide characters count one: they only come last. */
function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}

/**
 * Lines of the rows with their columns aligned; the last column is not padded.
 * @param indent put before every line
 */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, width(cell))));
  }
  return rows.map((row) => {
    const cells = row.map((cell, at) =>
      at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - width(cell)),
    );
    return (indent + cells.join(gap)).trimEnd();
  });
}

/** `text` on one line of at most `cells` characters, cut with an ellipsis. Control characters are dropped. */
export function clip(text: string, cells: number): string {
  const line = oneLine(text);
  const characters = Array.from(line);
  return characters.length <= cells ? line : `${characters.slice(0, Math.max(0, cells - 1)).join('')}…`;
}

/** Text from outside as one line that cannot steer a terminal. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
}
