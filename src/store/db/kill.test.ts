/** A store that is killed at any moment of taking reports in and collecting: nothing acknowledged is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { openStoreDb } from './open.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const worker = fileURLToPath(new URL('kill-worker.ts', import.meta.url));

/** So many acknowledgements are read before the kill; the rest of the moment is up to the machine. */
const seeds = Number(process.env['SCANLINK_KILL_SEEDS'] ?? 12);

test(`${seeds} kills: what was acknowledged is there, whole, and the store opens by itself`, async () => {
  const location = path.join(folder, 'store.db');
  const acknowledged = new Set<string>();
  for (let seed = 0; seed < seeds; seed += 1) {
    const child = spawn(process.execPath, [worker, location, String(seed)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.add(line);
      lines += 1;
      // The last lines before the end are read too: whatever was said counts.
      if (lines === 1 + ((seed * 7) % 23)) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');

    const store = await openStoreDb({ location });
    const rows = await store.db.selectFrom('reports').select('document_digest').execute();
    const there = new Set(rows.map((row) => row.document_digest));
    expect([...acknowledged].filter((digest) => !there.has(digest))).toEqual([]);
    // Nothing half there: every content has as many packages and findings as it says.
    const { rows: halves } = await sql`select c.id from contents c
      where c.components <> (select count(*) from content_packages p where p.content_id = c.id)
         or c.findings <> (select count(*) from findings f where f.content_id = c.id)`.execute(store.db);
    expect(halves).toEqual([]);
    const { rows: check } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(store.db);
    expect(check).toEqual([{ integrity_check: 'ok' }]);
    const { rows: dangling } = await sql`pragma foreign_key_check`.execute(store.db);
    expect(dangling).toEqual([]);
    await store.close();
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(seeds);
}, 120_000);
