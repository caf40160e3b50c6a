/** Finds processes that a runner which was killed left behind. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const fileName = 'process.json';

export interface Leftovers {
  /** Notes a container's process in its folder, before anything else can happen. */
  started(dir: string, pid: number): void;
  ended(dir: string): void;
}

/** A process id alone may by now be another program's: the kernel's start time tells them apart. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold spaces: count from behind it. Field 22 of proc(5).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

export const leftovers: Leftovers = {
  started(dir, pid) {
    writeFileSync(path.join(dir, fileName), JSON.stringify({ pid, startTime: startTime(pid) }));
  },
  ended(dir) {
    rmSync(path.join(dir, fileName), { force: true });
  },
};

/** Whether a pod's folder notes a process: something of the pod was started and not seen to end. */
export async function hasLeftovers(podDir: string): Promise<boolean> {
  return (await notes(podDir)).length > 0;
}

async function notes(podDir: string): Promise<string[]> {
  const containers = path.join(podDir, 'containers');
  const names = await readdir(containers).catch(() => []);
  const found: string[] = [];
  for (const name of names) {
    const file = path.join(containers, name, fileName);
    if (await readFile(file).catch(() => undefined)) found.push(file);
  }
  return found;
}

/** Kills what an earlier runner started in this pod's folder and did not see the end of. */
export async function killLeftovers(podDir: string): Promise<void> {
  for (const file of await notes(podDir)) {
    try {
      const note = JSON.parse(await readFile(file, 'utf8')) as { pid?: number; startTime?: string };
      const same =
        note.startTime !== undefined && note.pid !== undefined && startTime(note.pid) === note.startTime;
      if (same && note.pid !== undefined && note.pid > 1) process.kill(-note.pid, 'SIGKILL');
    } catch {
      // Half a note, or the group is gone.
    }
    await rm(file, { force: true });
  }
}
