// Collects compile errors.
import { lineText, type Loc } from '../ast.ts';
import { RegoErrors } from '../errors.ts';
import type { RegoErrorEntry } from '../types.ts';

/** OPA stops reporting after this many. */
const MAX_ERRORS = 10;

export class Problems {
  readonly #entries: RegoErrorEntry[] = [];

  add(code: string, message: string, loc: Loc, details?: readonly string[]): void {
    const entry = {
      code,
      message,
      file: loc.source.name,
      row: loc.row,
      col: loc.col,
      text: lineText(loc),
      ...(details && { details }),
    };
    const same = this.#entries.some(
      (other) =>
        other.message === message &&
        other.row === loc.row &&
        other.col === loc.col &&
        other.file === entry.file,
    );
    if (!same) this.#entries.push(entry);
  }

  get found(): boolean {
    return this.#entries.length > 0;
  }

  /** Throws what was collected, sorted by place. */
  raise(): void {
    if (this.#entries.length === 0) return;
    const sorted = [...this.#entries].sort((a, b) =>
      a.file === b.file ? a.row - b.row || a.col - b.col : a.file < b.file ? -1 : 1,
    );
    const shown = sorted.slice(0, MAX_ERRORS);
    const last = shown.at(-1);
    if (sorted.length > MAX_ERRORS && last !== undefined) {
      shown.push({
        ...last,
        code: 'rego_compile_error',
        message: 'error limit reached',
        row: 0,
        col: 0,
        text: '',
      });
    }
    throw new RegoErrors(shown);
  }
}
