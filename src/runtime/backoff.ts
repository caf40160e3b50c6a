export interface BackoffOptions {
  /** First delay in milliseconds; each further failure doubles it. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Up to this share of the delay is added at random, so that many failures do not return at once. */
  readonly jitter?: number;
}

/** The delay before try number `failures + 1`, in milliseconds. `random` is in [0, 1). */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const { baseMs, maxMs, jitter = 0.1 } = options;
  // Beyond 2^30 the doubling has long met any maximum.
  const delay = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return delay * (1 + jitter * random());
}
