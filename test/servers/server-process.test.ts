import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startProcess, waitUntilReady, type ServerProcess } from './server-process.ts';

describe('a server process', () => {
  let root: string;
  let logFile: string;
  let server: ServerProcess | undefined;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'scan-link-process-'));
    logFile = path.join(root, 'log');
  });
  afterEach(async () => {
    await server?.kill();
    server = undefined;
    await rm(root, { recursive: true, force: true });
  });

  const start = async (script: string): Promise<ServerProcess> => {
    const args = ['-c', script];
    server = await startProcess({ name: 'thing', program: 'sh', args, logFile });
    return server;
  };
  const log = (): Promise<string> => readFile(logFile, 'utf8');

  it('is stopped by a word, and killed when it does not listen', async () => {
    const deaf = await start("trap '' TERM; echo up; while :; do sleep 0.1; done");
    await waitUntilReady(deaf, async () => (await log()).includes('up'), 30_000);
    await deaf.stop(10);
    expect(deaf.ended()).toBe('SIGKILL');
    expect(isAlive(deaf.pid)).toBe(false);

    const polite = await start("trap 'echo bye; exit 0' TERM; echo there; while :; do sleep 0.1; done");
    await waitUntilReady(polite, async () => (await log()).includes('there'), 30_000);
    await polite.stop();
    expect(polite.ended()).toBe('exit code 0');
    expect(await log()).toContain('bye');
  });

  it('that ends before it is ready is told with its last words', async () => {
    const short = await start('echo "no such option" >&2; exit 3');
    const ready = waitUntilReady(short, () => Promise.resolve(false), 30_000);
    await expect(ready).rejects.toThrow(/thing: ended with exit code 3[^]*no such option/);
  });

  it('that is never ready is told too', async () => {
    const slow = await start('exec sleep 1000');
    await expect(waitUntilReady(slow, () => Promise.reject(new Error()), 1)).rejects.toThrow(
      'not ready after 1 ms',
    );
  });

  it('of a program that is not there is an error', async () => {
    const command = { name: 'thing', program: path.join(root, 'none'), args: [], logFile };
    await expect(startProcess(command)).rejects.toThrow('ENOENT');
  });

  it('dies with the process that started it, even when that is killed', async () => {
    const owner = path.join(root, 'owner.ts');
    const module = JSON.stringify(path.join(import.meta.dirname, 'server-process.ts'));
    await writeFile(
      owner,
      `import { startProcess } from ${module};
const server = await startProcess({ name: 'orphan', program: 'sleep', args: ['1000'], logFile: ${JSON.stringify(logFile)} });
process.stdout.write(String(server.pid));
`,
    );
    const child = spawn(process.execPath, [owner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = await once(child.stdout, 'data');
    const pid = Number(String(chunk));
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 });
  });
});

/** False for what is gone, and for what is dead and only not yet collected by its parent. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return (stdout ?? '').trim().startsWith('Z');
}
