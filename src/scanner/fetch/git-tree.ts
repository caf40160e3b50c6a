/** Measures a commit by its listing, before a byte of it is written: a few kilobytes of git can stand for terabytes. */
import { megabytes } from './failure.ts';

export class TreeMeter {
  bytes = 0;
  entries = 0;
  /** Why it is too much, once it is. */
  excess: string | undefined;
  #rest = '';
  readonly #limits: { readonly maxBytes: number; readonly maxEntries: number };

  constructor(limits: { readonly maxBytes: number; readonly maxEntries: number }) {
    this.#limits = limits;
  }

  /** Takes a piece of `git ls-tree -r -l -z`: `mode type object size\tpath\0`. */
  read(chunk: string): void {
    const records = (this.#rest + chunk).split('\0');
    this.#rest = records.pop() ?? '';
    for (const record of records) {
      const size = Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(record)?.[1] ?? 0);
      this.bytes += size;
      this.entries++;
    }
    const { maxBytes, maxEntries } = this.#limits;
    if (this.bytes > maxBytes) this.excess ??= `its files are larger than ${megabytes(maxBytes)}`;
    if (this.entries > maxEntries) this.excess ??= `it has more than ${maxEntries} files`;
  }
}
