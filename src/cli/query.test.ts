/** The store's commands as processes: over a file of this machine, and over a server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../test/servers/certificates.ts';
import { aComponent, aFinding, aReport } from '../report/builders.ts';
import { sendReport } from '../store/index.ts';
import { scanlink } from './testing/run-program.ts';

const program = fileURLToPath(new URL('../../bin/scanlink.mjs', import.meta.url));
const authority = createAuthority('store');
let folder = '';
let db = '';
const file = (name: string) => path.join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scanlink-query-'));
  db = file('store.db');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a store is served, filled, asked, copied and restored', async () => {
  const pair = authority.issueServer();
  await Promise.all([
    writeFile(file('ca'), authority.cert),
    writeFile(file('cert'), pair.cert),
    writeFile(file('key'), pair.key),
  ]);
  const made = await scanlink([
    'store',
    'token',
    'create',
    'ci',
    '--role',
    'write',
    '--expires',
    '1d',
    '--db',
    db,
  ]);
  const token = made.out.trim();
  await writeFile(file('token'), made.out);
  const tls = ['--tls-cert', file('cert'), '--tls-key', file('key')];
  const server = spawn(process.execPath, [program, 'store', 'serve', '--port', '0', '--db', db, ...tls]);
  let out = '';
  server.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  server.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await expect.poll(() => out, { timeout: 20_000 }).toMatch(/https:\/\/127\.0\.0\.1:\d+/);
  const url = /https:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0] ?? '';
  const artifact = { kind: 'image', registry: 'r', name: 'app', digest: 'sha256:1' } as const;
  for (const id of ['CVE-2021-44228', 'CVE-2024-1']) {
    const findings = [aFinding({ id, severity: 'CRITICAL', description: '=cmd()' })];
    const report = aReport({ components: [aComponent({ name: 'log4j', findings })] });
    await sendReport({ url, ca: authority.cert, token, artifact, report });
  }
  const remote = ['--store', url, '--ca', file('ca'), '--token-file', file('token')];
  const images = await scanlink(['query', 'images', '--cve', 'CVE-2024-1', ...remote]);
  expect(images.out.split('\n').slice(0, 2)).toEqual([
    'ID  REGISTRY  NAME  DIGEST',
    '1   r         app   sha256:1',
  ]);
  const csv = await scanlink(['query', 'vulnerabilities', '--image', 'sha256:1', '-o', 'csv', '--db', db]);
  expect(csv.out).toMatch(/^ID,CVEID,Severity,Description\r\n\d+,CVE-2024-1,Critical,'=cmd\(\)\r\n$/);
  const diff = await scanlink(['query', 'diff', '1', '2', ...remote]);
  expect(diff.out).toMatch(/added +CVE-2024-1 +CRITICAL +log4j[^]*fixed +CVE-2021-44228/);
  const none = await scanlink(['query', 'sources', '--repo', 'none', '-o', 'json', '--db', db]);
  expect(JSON.parse(none.out)).toEqual([]);

  expect((await scanlink(['store', 'backup', file('copy.db'), '--db', db])).code).toBe(0);
  const running = await scanlink(['store', 'restore', file('copy.db'), '--db', db, '--force']);
  expect([running.code, running.err]).toEqual([2, expect.stringContaining('a store runs on it')]);
  const gone = await scanlink(['store', 'gc', '--keep', '1', '-o', 'json', '--db', db]);
  expect(JSON.parse(gone.out)).toMatchObject({ reports: 1, vulnerabilities: 1 });
  expect((await scanlink(['store', 'token', 'list', '--db', db])).out).toMatch(/1 +ci +write/);
  expect((await scanlink(['store', 'token', 'revoke', '1', '--db', db])).code).toBe(0);
  const refused = await scanlink(['query', 'images', '--digest', 'sha256:1', ...remote]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('401')]);
  server.kill('SIGTERM');
  expect((await once(server, 'exit'))[0]).toBe(0);
  expect((await scanlink(['store', 'restore', file('copy.db'), '--db', db, '--force'])).code).toBe(0);
  const back = await scanlink(['query', 'diff', '1', '2', '-o', 'json', '--db', db]);
  expect(JSON.parse(back.out)).toMatchObject({ added: [{ id: 'CVE-2024-1' }] });
}, 90_000);

test.each([
  [['query', 'images'], /say which images: one of --digest, --name, --cve, --package/],
  [['store', 'token', 'create'], /create needs a name/],
  [['store', 'gc', '--older-than', 'x'], /Give a time like 12h/],
  [['store', 'backup', 'x', '--db', 'postgres://x/y'], /pg_dump/],
])('%j is refused in one sentence', async (args, words) => {
  const { code, err } = await scanlink(args);
  expect([code, err]).toEqual([2, expect.stringMatching(words)]);
});
