import { readFile } from 'node:fs/promises';

const pageBytes = 4096;

/** Resident memory in bytes of a process and everything it started; undefined where the system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const statm = await readFile(`/proc/${pid}/statm`, 'utf8');
    let total = Number(statm.split(' ')[1]) * pageBytes;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter(Boolean)) {
      total += (await residentBytes(Number(child))) ?? 0;
    }
    return total;
  } catch {
    return undefined;
  }
}
