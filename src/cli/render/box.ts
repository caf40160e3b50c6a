/** A table in a box: a centred head, rows to the left. */
export function box(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cells(cell), ...rows.map((row) => cells(row[at] ?? ''))));
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const line = (row: readonly string[], place: (cell: string, width: number) => string): string =>
    `│${widths.map((width, at) => ` ${place(row[at] ?? '', width)} `).join('│')}│`;
  return [
    rule('┌', '┬', '┐'),
    line(head, centred),
    rule('├', '┼', '┤'),
    ...rows.map((row) => line(row, left)),
    rule('└', '┴', '┘'),
  ].join('\n');
}

function cells(text: string): number {
  return Array.from(text).length;
}

function left(text: string, width: number): string {
  return text + ' '.repeat(width - cells(text));
}

function centred(text: string, width: number): string {
  const before = Math.floor((width - cells(text)) / 2);
  return left(' '.repeat(before) + text, width);
}
