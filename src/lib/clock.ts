/** Time as a parameter: production code takes a `Clock`, tests pass one they move by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** Node allows no timer beyond 2^31 - 1 ms (24.8 days); longer waits are taken in steps. */
const longestTimer = 2 ** 31 - 1;

/** The machine's clock. Timers do not keep the process alive by themselves. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    if (ms > longestTimer) {
      let cancel = (): void => {};
      cancel = systemClock.after(longestTimer, () => {
        cancel = systemClock.after(ms - longestTimer, run);
      });
      return () => cancel();
    }
    const timer = setTimeout(run, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
