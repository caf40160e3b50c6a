/** The newer API over both databases, and what is collected. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../../../test/servers/certificates.ts';
import { missingPostgres, startPostgres } from '../../../../test/servers/postgres.ts';
import type { Postgres } from '../../../../test/servers/postgres.ts';
import { ManualClock } from '../../../lib/manual-clock.ts';
import { cycloneDxText } from '../../../report/index.ts';
import { aComponent, aFinding, aReport } from '../../../report/builders.ts';
import { backUp, collectGarbage, createToken, openStoreDb, restore } from '../../db/index.ts';
import type { StoreDb } from '../../db/index.ts';
import { ask } from '../../testing.ts';
import { startStoreServer } from '../server.ts';
import type { StoreServer } from '../server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-v2-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const authority = createAuthority('v2');
const day = 24 * 60 * 60 * 1000;

const document = (ids: Record<string, string[]>, timestamp: string) =>
  cycloneDxText(
    aReport({
      timestamp,
      components: Object.entries(ids).map(([name, found]) =>
        aComponent({
          ref: name,
          name,
          version: timestamp,
          purl: `pkg:npm/${name}@${timestamp}`,
          findings: found.map((id) => aFinding({ id, severity: 'HIGH' })),
        }),
      ),
    }),
    { version: '1.6' },
  );

function suite(location: () => Promise<string>): void {
  const clock = new ManualClock();
  let store: StoreDb;
  let server: StoreServer;
  let token: string;
  const reports: number[] = [];
  const get = (url: string) => ask(server.url + url, { ca: authority.cert, token });

  beforeAll(async () => {
    store = await openStoreDb({ location: await location(), clock });
    server = await startStoreServer({ store, port: 0, tls: authority.issueServer() });
    ({ token } = await createToken(store, { name: 't', role: 'write' }));
    const sent = [
      document({ a: ['CVE-1', 'CVE-2'], b: ['CVE-3'] }, '2026-01-01T00:00:00Z'),
      document({ a: ['CVE-2', 'CVE-4'], b: ['CVE-3'] }, '2026-01-02T00:00:00Z'),
      document({ a: [] }, '2026-01-03T00:00:00Z'),
    ];
    for (const body of sent) {
      const url = `${server.url}/api/v2/reports?kind=source&host=h&organization=o&repository=r_100%25&sha=s`;
      const reply = await ask(url, { ca: authority.cert, token, body });
      reports.push((reply.json as { reportId: number }).reportId);
      clock.advance(day);
    }
    for (let at = 0; at < 5; at += 1) {
      const url = `${server.url}/api/v2/reports?kind=image&name=n${at}&digest=sha256:${at}`;
      await ask(url, { ca: authority.cert, token, body: document({ z: ['CVE-9'] }, '2026-01-01T00:00:00Z') });
    }
  });
  afterAll(async () => {
    await server?.close();
    await store?.close();
  });

  test('changes between two reports: new, fixed, unchanged', async () => {
    const { json } = await get(`/api/v2/changes?from=${reports[0]}&to=${reports[1]}`);
    const ids = (list: { id: string }[]) => list.map((one) => one.id);
    const changes = json as Record<'added' | 'fixed' | 'unchanged', { id: string }[]>;
    expect(ids(changes.added)).toEqual(['CVE-4']);
    expect(ids(changes.fixed)).toEqual(['CVE-1']);
    expect(ids(changes.unchanged)).toEqual(['CVE-2', 'CVE-3']);
  });

  test('pages by key come to an end, and have everything once', async () => {
    const seen: number[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const { json } = await get(`/api/v2/artifacts?limit=2${next && `&after=${next}`}`);
      const page = json as { artifacts: { id: number }[]; next?: string };
      seen.push(...page.artifacts.map((one) => one.id));
      next = page.next;
    }
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
  });

  test('findings by page', async () => {
    const first = (await get(`/api/v2/reports/${reports[0]}/findings?limit=2`)).json as { next: string };
    expect(first).toMatchObject({ findings: [{ severity: 'HIGH', package: { manager: 'npm' } }, {}] });
    const rest = (await get(`/api/v2/reports/${reports[0]}/findings?limit=2&after=${first.next}`)).json;
    expect(rest).toMatchObject({ findings: [{}] });
  });

  test('history, search, affected, totals', async () => {
    const { json } = await get('/api/v2/artifacts?search=R_100%25');
    expect(json).toMatchObject({
      artifacts: [{ kind: 'source', repository: 'r_100%', newestReport: reports[2] }],
    });
    expect((await get('/api/v2/artifacts?search=r%25')).json).toEqual({ artifacts: [] });
    const { id } = (json as { artifacts: { id: number }[] }).artifacts[0] ?? { id: 0 };
    const history = (await get(`/api/v2/artifacts/${id}/reports`)).json as { reports: { id: number }[] };
    expect(history.reports.map((one) => one.id)).toEqual(reports.toReversed());
    expect(history.reports[0]).toMatchObject({
      components: 1,
      findings: 0,
      scanner: { name: 'example-scanner' },
    });
    expect((await get(`/api/v2/reports/${reports[0]}`)).json).toMatchObject({ counts: { high: 3 } });
    const affected = await get('/api/v2/artifacts?vulnerability=CVE-9&limit=3');
    expect(affected.json).toMatchObject({ artifacts: [{ name: 'n0' }, {}, {}], next: expect.any(String) });
    expect((await get('/api/v2/artifacts?vulnerability=CVE-1')).json).toEqual({ artifacts: [] });
    expect((await get('/api/v2/totals')).json).toEqual({
      artifacts: 6,
      findings: 5,
      counts: { critical: 0, high: 5, medium: 0, low: 0, unknown: 0 },
    });
  });

  test.each([
    ['/api/v2/artifacts?limit=0', 400],
    ['/api/v2/artifacts?after=x', 400],
    ['/api/v2/artifacts/0', 400],
    ['/api/v2/artifacts/99999', 404],
    ['/api/v2/reports/99999/findings', 404],
    ['/api/v2/changes?from=1', 400],
    ['/api/v2/documents/sha256:x', 400],
    ['/api/v2/nowhere', 404],
  ])('%s is a problem with status %d', async (url, status) => {
    const reply = await get(url);
    expect([reply.status, reply.json]).toMatchObject([status, { status, code: expect.any(String) }]);
  });

  test('is described by OpenAPI', async () => {
    const { json } = await get('/api/v2/openapi.json');
    const { paths } = json as { paths: Record<string, object> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v2/reports', '/api/v2/artifacts/{id}/reports', '/api/v2/changes']),
    );
    expect(JSON.stringify(paths)).toContain('by the newest report of each');
  });

  test('nothing is collected that somebody needs; by age and count the rest is, and never the newest', async () => {
    const none = { reports: 0, contents: 0, documents: 0, packages: 0, vulnerabilities: 0 };
    expect(await collectGarbage(store)).toEqual(none);
    expect(await collectGarbage(store, { keep: 2 })).toEqual({
      ...{ reports: 1, contents: 1, documents: 1, packages: 2 },
      vulnerabilities: 1,
    });
    expect((await get(`/api/v2/reports/${reports[0]}`)).status).toBe(404);
    clock.advance(400 * day);
    const collected = await collectGarbage(store, { maxAgeMs: 100 * day });
    expect(collected).toMatchObject({ reports: 1, contents: 1 });
    expect((await get(`/api/v2/reports/${reports[2]}`)).status).toBe(200);
    expect((await get('/api/vulnerabilities/CVE-9/images')).json).toHaveLength(5);
    expect(await collectGarbage(store, { maxAgeMs: 100 * day, keep: 1 })).toEqual(none);
  });
}

describe('SQLite', () => {
  const file = path.join(folder, 'store.db');
  suite(() => Promise.resolve(file));

  test('is copied while it runs, and comes back', async () => {
    const one = path.join(folder, 'one.db');
    const running = await openStoreDb({ location: one });
    await createToken(running, { name: 'kept', role: 'read' });
    backUp(one, path.join(folder, 'copy.db'));
    expect(() => backUp(one, path.join(folder, 'copy.db'))).toThrow(/there already/);
    expect(() => restore(path.join(folder, 'copy.db'), one, false)).toThrow(/--force/);
    expect(() => restore(path.join(folder, 'copy.db'), one, true)).toThrow(/a store runs on it/);
    await createToken(running, { name: 'later', role: 'read' });
    await running.close();
    restore(path.join(folder, 'copy.db'), one, true);
    const again = await openStoreDb({ location: one });
    expect(await again.db.selectFrom('tokens').select('name').execute()).toEqual([{ name: 'kept' }]);
    await again.close();
  });
});

const missing = missingPostgres();
describe.skipIf(missing !== undefined)(`PostgreSQL${missing === undefined ? '' : ` (${missing})`}`, () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  suite(() => postgres.newDatabase());
});
