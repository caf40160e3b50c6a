/**
 * When sending the results of a scan is tried again: apart from the scan's own attempts, since a store that is down
 * must not delay a scan (spec.md §2). Kept in memory: after a restart everything unsent is tried at once.
 */
export class SendMemory {
  readonly #tries = new Map<string, { attempt: number; nextAt: number }>();

  nextAt(scanUid: string): number | undefined {
    return this.#tries.get(scanUid)?.nextAt;
  }

  /** Failures in a row. */
  attempts(scanUid: string): number {
    return this.#tries.get(scanUid)?.attempt ?? 0;
  }

  /** @param nextAt Infinity where nothing but a change of configuration helps */
  failed(scanUid: string, nextAt: number): void {
    this.#tries.set(scanUid, { attempt: this.attempts(scanUid) + 1, nextAt });
  }

  forget(scanUid: string): void {
    this.#tries.delete(scanUid);
  }
}
