/** PostgreSQL ends one of two transactions that wait for each other; the loser is run again. */
const mostTries = 5;

/** serialization_failure, deadlock_detected, foreign_key_violation (what we refer to was collected meanwhile). */
const conflicts = new Set(['40001', '40P01', '23503']);

export async function retryOnConflict<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (attempt === mostTries || !conflicts.has(code)) throw error;
    }
  }
}
