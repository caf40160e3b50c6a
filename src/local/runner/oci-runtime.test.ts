import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOciRuntime, runArguments } from './oci-runtime.ts';
import type { ContainerSpec } from './types.ts';

const spec: ContainerSpec = {
  id: 'main-u-0',
  image: 'alpine:3',
  env: {},
  mounts: [],
  privateDir: '/p',
  owner: '/o',
};
const common = [
  'run',
  '--name',
  'scan-link-main-u-0',
  '--rm=false',
  '--pull=never',
  '--label',
  'scan-link-runner=/o',
];

describe('runArguments', () => {
  it.each<[string, Partial<ContainerSpec>, string[]]>([
    ['as it is', {}, ['--env-file', '/p/env', 'alpine:3']],
    [
      'with a command',
      { command: ['sh', '-c'], args: ['x'] },
      ['--env-file', '/p/env', '--entrypoint', 'sh', 'alpine:3', '-c', 'x'],
    ],
    [
      'with everything',
      {
        workingDir: '/w',
        memoryLimitBytes: 1e6,
        user: 0,
        mounts: [
          { mountPath: '/m', hostPath: '/h', readOnly: true },
          { mountPath: '/n', hostPath: '/i', readOnly: false },
        ],
        env: { ONE: '1', LINES: 'a\nb' },
      },
      [
        '--workdir',
        '/w',
        '--memory',
        '1000000',
        '--user',
        '0',
        '--volume',
        '/h:/m:ro',
        '--volume',
        '/i:/n',
        '--env-file',
        '/p/env',
        '--env',
        'LINES=a\nb',
        'alpine:3',
      ],
    ],
  ])('%s', (_name, extra, expected) => {
    expect(runArguments({ ...spec, ...extra })).toEqual([...common, ...expected]);
  });

  it('refuses a mount that would be read as another', () => {
    const mounts = [{ mountPath: '/m:/etc', hostPath: '/h', readOnly: false }];
    expect(() => runArguments({ ...spec, mounts })).toThrow('must not contain ":"');
  });
});

describe('findOciRuntime', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'scan-link-engine-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function program(name: string, script: string): Promise<void> {
    const file = path.join(dir, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  const find = () => findOciRuntime({ env: { PATH: dir } });

  it('finds none where there is none', async () => {
    expect(await find()).toBeUndefined();
  });

  it('does not take a docker without its server', async () => {
    await program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    expect(await find()).toBeUndefined();
  });

  it('takes a docker that answers, and podman before it', async () => {
    await program('docker', 'echo 1');
    expect((await find())?.scheme).toBe('docker');
    // Podman without a service has no server to tell of.
    await program('podman', '[ $# = 1 ] || exit 125');
    expect((await find())?.scheme).toBe('podman');
  });

  it("gives the engine's own words when an image cannot be pulled", async () => {
    await program(
      'podman',
      '[ "$1" = pull ] || exit 0; echo "Trying to pull" >&2; echo "Error: no such host" >&2; exit 125',
    );
    const runtime = await find();
    await expect(runtime?.pull('x', undefined)).rejects.toThrow('Error: no such host');
  });
});
