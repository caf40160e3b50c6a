import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAuthority } from '../../../test/servers/certificates.ts';
import { openStoreDb } from '../db/index.ts';
import { ask } from '../testing.ts';
import { startLazyStore } from './lazy.ts';

test('answers everybody who came while it was loaded, and all who come later', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-lazy-'));
  const authority = createAuthority('lazy');
  const store = await openStoreDb({ location: path.join(folder, 'store.db') });
  const server = await startLazyStore({ store, port: 0, tls: authority.issueServer() });
  const health = () => ask(`${server.url}/api/health`, { ca: authority.cert });
  const early = await Promise.all(Array.from({ length: 20 }, health));
  expect(early.map((reply) => reply.status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect((await health()).status).toBe(200);
  await expect(
    startLazyStore({ store, port: server.port, tls: authority.issueServer() }),
  ).rejects.toMatchObject({
    code: 'PortTaken',
  });
  await server.close();
  await expect(health()).rejects.toThrow(/ECONNREFUSED/);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
