/** Where things stand in a text, for files whose parser does not say. */

/** Searches that find nothing read to the end; a file in which that happens often is not worth it. */
const mostMisses = 8;

/** Finds texts in the order in which they stand in a file, in one pass over it. */
export class LineFinder {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #misses = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The line (1-based) of the next `needle` behind the last one found; undefined when there is none. */
  lineOf(needle: string): number | undefined {
    if (this.#misses >= mostMisses) return undefined;
    const found = this.#text.indexOf(needle, this.#at);
    if (found < 0) {
      this.#misses++;
      return undefined;
    }
    for (
      let at = this.#text.indexOf('\n', this.#at);
      at >= 0 && at < found;
      at = this.#text.indexOf('\n', at + 1)
    ) {
      this.#line++;
    }
    this.#at = found;
    return this.#line;
  }
}
