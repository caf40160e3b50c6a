/** Containers by a real podman. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../../test/servers/tools.ts';
import { ociRuntime } from './oci-runtime.ts';
import type { ContainerRuntime, ContainerSpec, RunningContainer } from './types.ts';

const run = promisify(execFile);
const image = 'scan-link.test/box:1';
const podman = findTool('podman');
const busybox = findTool('busybox');
const missing = podman && busybox ? undefined : 'podman or a static busybox is not on this machine';

describe.skipIf(missing !== undefined)(`podman${missing ? ` (${missing})` : ''}`, () => {
  let dir: string;
  let runtime: ContainerRuntime;
  let count = 0;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'scan-link-podman-'));
    const bin = path.join(dir, 'root', 'bin');
    await mkdir(bin, { recursive: true });
    await copyFile(busybox ?? '', path.join(bin, 'busybox'));
    for (const name of ['sh', 'cat', 'env', 'sleep', 'pwd', 'dd'])
      await symlink('busybox', path.join(bin, name));
    await run('tar', ['-C', path.join(dir, 'root'), '-cf', path.join(dir, 'root.tar'), '.']);
    await run(podman ?? '', ['import', path.join(dir, 'root.tar'), image]);
    // What a machine in a container needs, and no other minds.
    const runFlags = ['--runtime', 'runc', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
    runtime = ociRuntime({
      program: podman ?? '',
      runFlags,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
  });
  afterAll(async () => {
    await run(podman ?? '', ['rmi', '--force', image]).catch(() => {});
    await rm(dir, { recursive: true, force: true });
  });

  async function start(script: string, extra: Partial<ContainerSpec> = {}): Promise<RunningContainer> {
    const privateDir = path.join(dir, `container-${++count}`);
    await mkdir(privateDir);
    const spec = {
      id: `main-${process.pid}-${count}`,
      image,
      command: ['/bin/sh', '-c'],
      args: [script],
      env: {},
      mounts: [],
      privateDir,
      owner: dir,
    };
    return runtime.start({ ...spec, ...extra });
  }
  async function text({ stdout, stderr }: RunningContainer): Promise<string> {
    const chunks: Buffer[] = [];
    for (const stream of [stdout, stderr])
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  it('knows which images are there', async () => {
    expect([await runtime.isPresent(image), await runtime.isPresent('scan-link.test/none:1')]).toEqual([
      true,
      false,
    ]);
    await expect(runtime.pull('127.0.0.1:1/none:1', undefined)).rejects.toThrow(/127\.0\.0\.1:1/);
  });

  it('gives environment, folders and working directory', async () => {
    await writeFile(path.join(dir, 'file'), 'from the host\n');
    const running = await start('echo "$ONE"; echo "$TWO"; cat /mnt/file; echo back > /out/file; pwd', {
      env: { ONE: '1 $x "q"', TWO: 'a\nb' },
      workingDir: '/mnt',
      mounts: [
        { mountPath: '/mnt', hostPath: dir, readOnly: true },
        { mountPath: '/out', hostPath: path.join(dir, 'root'), readOnly: false },
      ],
    });
    expect(await text(running)).toBe('1 $x "q"\na\nb\nfrom the host\n/mnt\n');
    expect(await running.exited).toEqual({ code: 0, oomKilled: false, startError: undefined });
    expect(await readFile(path.join(dir, 'root', 'file'), 'utf8')).toBe('back\n');
  });

  it('tells exit codes and what cannot be started', async () => {
    expect(await (await start('exit 4')).exited).toMatchObject({ code: 4 });
    expect(await (await start('', { image: 'scan-link.test/none:1' })).exited).toMatchObject({
      code: 125,
      startError: expect.stringContaining('could not start'),
    });
  });

  it('removes what an earlier runner left', async () => {
    const left = await start('echo up; sleep 60');
    await new Promise((resolve) => left.stdout.once('data', resolve));
    await runtime.removeLeftovers?.('/another/runner');
    await runtime.removeLeftovers?.(dir);
    expect((await left.exited).code).toBe(137);
  });

  it('ends a container that is asked to, and kills one that does not listen', async () => {
    const asked = await start('trap "exit 9" TERM; echo up; while :; do sleep 0.1; done');
    await new Promise((resolve) => asked.stdout.once('data', resolve));
    asked.kill('SIGTERM');
    expect((await asked.exited).code).toBe(9);
    const deaf = await start('trap "" TERM; echo up; sleep 60');
    await new Promise((resolve) => deaf.stdout.once('data', resolve));
    deaf.kill('SIGKILL');
    expect((await deaf.exited).code).toBe(137);
  });
});
