import { readFileSync } from 'node:fs';

/** Pages of the kernels we run on; a machine with larger ones is told of more than there is, never less. */
const pageBytes = 4096;

/**
 * A process's memory as the kernel sees it, in bytes; undefined where the system does not tell it as a file (then the
 * limit of heap alone holds).
 */
export function residentBytes(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return Number.isFinite(pages) ? pages * pageBytes : undefined;
  } catch {
    return undefined;
  }
}
