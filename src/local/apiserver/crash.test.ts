/** A server that is killed in the middle of writes has lost nothing that it acknowledged. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from './test-server.ts';

interface Ready {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

test('kill -9 during writes', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'apiserver-crash-'));
  const script = join(dir, 'serve.mjs');
  const index = new URL('./index.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { startApiServer } from ${JSON.stringify(index)};
     const s = await startApiServer({ dataDir: process.argv[2] });
     process.send({ url: s.url, ca: s.ca, cert: s.adminCert, key: s.adminKey });`,
  );
  const child = fork(script, [join(dir, 'data')], { execArgv: [] });
  const [ready] = (await once(child, 'message')) as [Ready];
  const agent = new Agent({ ca: ready.ca, cert: ready.cert, key: ready.key, keepAlive: true });
  const acknowledged: string[] = [];
  const create = (name: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: { name },
      });
      const call = request(
        `${ready.url}/api/v1/namespaces/default/configmaps`,
        {
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json', 'content-length': body.length },
        },
        (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 201)
              acknowledged.push(
                (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
                name,
              );
            resolve();
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  const exited = once(child, 'exit');
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let i = 0; ; i += 1) {
      await create(`c-${writer}-${i}`);
      if (acknowledged.length > 400) child.kill('SIGKILL');
    }
  });
  await Promise.allSettled(writers);
  await exited;
  agent.destroy();

  const api = await startTestServer({ dataDir: join(dir, 'data') });
  const { body } = await api.call('GET', '/api/v1/namespaces/default/configmaps');
  const kept = new Set(
    (body['items'] as unknown as { metadata: { name: string } }[]).map((item) => item.metadata.name),
  );
  const names = acknowledged.filter((text) => text.startsWith('c-'));
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !kept.has(name))).toEqual([]);
  const highest = Math.max(...acknowledged.filter((text) => !text.startsWith('c-')).map(Number));
  expect(Number(body['metadata']?.['resourceVersion'])).toBeGreaterThanOrEqual(highest);
  await api.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('one data folder, one server', async () => {
  const api = await startTestServer();
  await expect(startTestServer({ dataDir: api.dataDir })).rejects.toMatchObject({ code: 'DataDirInUse' });
  await expect(startTestServer({ port: api.server.port })).rejects.toMatchObject({ code: 'PortTaken' });
  await expect(startTestServer({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'NotLoopback' });
  await api.stop();
});
