/** The objects used last, parsed, up to a bound of their JSON's length. */
import type { Stored } from './stored.ts';

export class ObjectCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Stored>();
  #size = 0;

  /** `limit` in characters of JSON; an object takes about four times as much memory. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Stored | undefined {
    const found = this.#entries.get(key);
    if (!found) return undefined;
    // Taken out and put back: a Map keeps the order of insertion, so the first is always the one used longest ago.
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, stored: Stored): void {
    this.delete(key);
    if (stored.text.length > this.#limit / 4) return;
    this.#entries.set(key, stored);
    this.#size += stored.text.length;
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= this.#limit) break;
      this.#entries.delete(oldest);
      this.#size -= entry.text.length;
      entry.forget();
    }
  }

  delete(key: string): void {
    const found = this.#entries.get(key);
    if (!found) return;
    this.#entries.delete(key);
    this.#size -= found.text.length;
  }
}
