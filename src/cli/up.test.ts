/** `scanlink up` as a process: the demonstration, the second start, one at a time, the way out. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sourceScanKind } from '../api/kinds.ts';
import type { SourceScan } from '../api/kinds.ts';
import { connect } from '../kube/connect.ts';
import { ask } from '../store/testing.ts';
import { scanlink } from './testing/run-program.ts';

const program = fileURLToPath(new URL('../../bin/scanlink.mjs', import.meta.url));
let folder = '';
let running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scanlink-up-'));
});

afterEach(async () => {
  for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
  running = [];
  await rm(folder, { recursive: true, force: true });
});

interface Up {
  readonly out: () => string;
  /** Resolves when the output has `text`. */
  until(text: string): Promise<void>;
  /** Sends the signal and gives the exit code. */
  end(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

function up(...args: string[]): Up {
  const child = spawn(process.execPath, [program, 'up', '--data-dir', folder, ...args], {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let out = '';
  const exited = once(child, 'exit');
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return {
    out: () => out,
    until: (text) => expect.poll(() => out, { timeout: 50_000, interval: 20 }).toContain(text),
    async end(signal) {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

async function demoScan(): Promise<SourceScan> {
  const client = await connect({ kubeconfig: path.join(folder, 'kubeconfig') });
  try {
    return await client.get<SourceScan>(sourceScanKind, { namespace: 'default', name: 'demo' });
  } finally {
    client.close();
  }
}

describe('scanlink up --demo', () => {
  test('shows a finished scan; a second start finds it again', async () => {
    const first = up('--demo', '--port', '0');
    await first.until('Ctrl-C stops it');
    expect(first.out()).toContain('Phase:       Failed');
    expect(first.out()).toMatch(
      /PolicySucceeded +False +EvaluationFailed +Policy violated because of \d+ CVEs/,
    );
    expect(first.out()).toMatch(/Advisories: {2}Scan Link demo set of \d{4}-\d\d-\d\d/);
    expect(first.out()).toContain('advisories of the demo set that comes with Scan Link, and no others');
    expect(first.out()).toMatch(
      /SendingResults +True +ResultsSent +The scan results were sent to the metadata store/,
    );
    // What is printed is what opens it.
    const [, caFile = '', token = '', url = ''] =
      /curl --cacert (\S+) -H 'Authorization: Bearer (\S+)' '(\S+)'/.exec(first.out()) ?? [];
    expect((await ask(url, { ca: await readFile(caFile, 'utf8'), token })).json).toMatchObject([
      { Repository: 'demo-project.tar.gz', Packages: expect.arrayContaining([]) },
    ]);
    expect(first.out()).toContain(`export KUBECONFIG=${folder}/kubeconfig`);
    expect(first.out()).not.toMatch(/[ \t]\n/);
    expect((await stat(path.join(folder, 'kubeconfig'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(folder, 'apiserver.db'))).mode & 0o077).toBe(0);
    const before = await demoScan();
    expect(before.status?.artifact?.blob).toEqual({
      url: before.spec.blob?.url,
      revision: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(await first.end('SIGINT')).toBe(0);

    const second = up('--demo', '--port', '0');
    await second.until('Ctrl-C stops it');
    expect(second.out()).toContain('Objects of an earlier start are here again: 1 source scan, 1 policy.');
    expect(second.out()).toContain('The scan of the earlier start');
    const after = await demoScan();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status).toEqual(before.status);
    expect(await second.end('SIGTERM')).toBe(0);
  }, 120_000);
});

describe('scanlink up', () => {
  test('takes the next free port and says so, and is there once for a folder', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const one = up('--port', String(port));
    await one.until('Ctrl-C stops it');
    expect(one.out()).toMatch(new RegExp(`Port ${port} is taken by another program; this one uses \\d+\\.`));

    const two = await scanlink(['up', '--data-dir', folder, '--port', '0']);
    expect(two.code).toBe(2);
    expect(two.err).toMatch(/already running with the data folder .* \(process \d+\); stop that one/);
    expect(await one.end('SIGTERM')).toBe(0);
    server.close();
  });

  test('-o json is one line when everything is ready', async () => {
    const one = up('--port', '0', '-o', 'json');
    await one.until('}\n');
    const ready = JSON.parse(one.out()) as { port: number; kubeconfig: string };
    expect(ready).toEqual({
      url: `https://127.0.0.1:${ready.port}`,
      port: ready.port,
      kubeconfig: path.join(folder, 'kubeconfig'),
      dataDir: folder,
      store: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(await one.end('SIGTERM')).toBe(0);
  });
});
