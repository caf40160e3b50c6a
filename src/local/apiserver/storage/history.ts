/** The last changes, so that a watch can go on where it stopped. Bounded in number and in bytes. */
import type { Change } from './stored.ts';

export class History {
  readonly #maxChanges: number;
  readonly #maxLength: number;
  #changes: Change[] = [];
  /** Index of the first change that is still kept; the array is shortened now and then. */
  #first = 0;
  #length = 0;
  /** Everything up to here is forgotten. */
  #compacted: number;

  constructor(revision: number, maxChanges: number, maxLength: number) {
    this.#compacted = revision;
    this.#maxChanges = maxChanges;
    this.#maxLength = maxLength;
  }

  /** The oldest revision a watch can start from. */
  get compacted(): number {
    return this.#compacted;
  }

  add(change: Change): void {
    this.#changes.push(change);
    this.#length += change.stored.text.length;
    while (this.#changes.length - this.#first > this.#maxChanges || this.#length > this.#maxLength) {
      const dropped = this.#changes[this.#first];
      if (!dropped) break;
      this.#first += 1;
      this.#length -= dropped.stored.text.length;
      this.#compacted = dropped.revision;
    }
    if (this.#first > this.#maxChanges) {
      this.#changes = this.#changes.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Changes after `revision`, oldest first; undefined when some of them are forgotten. */
  since(revision: number): Change[] | undefined {
    if (revision < this.#compacted) return undefined;
    let low = this.#first;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low);
  }
}
