import type { Clock } from '../../lib/clock.ts';

/** The end of a pod from outside: first asked, then killed. */
export class Stopper {
  readonly #clock: Clock;
  readonly #asked = new AbortController();
  readonly #killed = new AbortController();
  #kill: { at: number; cancel: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Fires when the pod is to end: SIGTERM for what runs, and nothing more is started. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Fires when the grace period is over: SIGKILL. */
  get killed(): AbortSignal {
    return this.#killed.signal;
  }

  /** May be called again: the shorter grace wins. */
  stop(graceMs: number): void {
    const at = this.#clock.now() + graceMs;
    this.#asked.abort();
    if (this.#killed.signal.aborted || (this.#kill && this.#kill.at <= at)) return;
    this.#kill?.cancel();
    if (graceMs <= 0) {
      this.#killed.abort();
      return;
    }
    this.#kill = { at, cancel: this.#clock.after(graceMs, () => this.#killed.abort()) };
  }

  /** Everything has ended: the kill is not needed. */
  over(): void {
    this.#kill?.cancel();
  }
}
