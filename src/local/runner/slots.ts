/**
 * How many pods may run at a time. Who waits is served by turns of their groups (namespaces), so that one that asked
 * for a hundred does not keep the others waiting, and in order of arrival inside a group.
 */
export class Slots {
  readonly #limit: number;
  #used = 0;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Resolves to the function that gives the slot back, or to undefined when the signal fires first. */
  async take(group: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#used < this.#limit) this.#used++;
    else if (!(await this.#wait(group, signal))) return undefined;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#used--;
      this.#next();
    };
  }

  #wait(group: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const line = this.#waiting.get(group) ?? [];
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        line.splice(line.indexOf(go), 1);
        if (line.length === 0) this.#waiting.delete(group);
        resolve(false);
      };
      line.push(go);
      this.#waiting.set(group, line);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #next(): void {
    const [turn] = this.#waiting;
    if (!turn || this.#used >= this.#limit) return;
    const [group, line] = turn;
    // To the end of the turns.
    this.#waiting.delete(group);
    const go = line.shift();
    if (line.length > 0) this.#waiting.set(group, line);
    if (!go) return;
    // Taken for them here and now, so that nobody comes between.
    this.#used++;
    go();
  }
}
