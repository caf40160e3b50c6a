import type { Pod } from '../kube/builtin-types.ts';
import { troubleKey } from './trouble.ts';

/**
 * Since when a pod shows the trouble it shows. A pod's status does not tell, and a bound counted from its creation
 * would fail a large image at its first hiccup. Kept in memory: after a restart a bound merely counts anew.
 */
export class TroubleMemory {
  readonly #seen = new Map<string, { key: string; since: number }>();

  /** @param pod of the scan's current run; without one, or one without trouble, all is forgotten */
  since(scanUid: string, pod: Pod | undefined, now: number): number | undefined {
    const trouble = pod && troubleKey(pod);
    if (trouble === undefined) {
      this.#seen.delete(scanUid);
      return undefined;
    }
    const key = `${pod?.metadata.uid} ${trouble}`;
    const seen = this.#seen.get(scanUid);
    if (seen?.key === key) return seen.since;
    this.#seen.set(scanUid, { key, since: now });
    return now;
  }

  forget(scanUid: string): void {
    this.#seen.delete(scanUid);
  }
}
