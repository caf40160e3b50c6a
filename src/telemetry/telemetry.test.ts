import { expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { startTelemetryServer } from './server.ts';

test('a line of the log is JSON, and shows no secrets', async () => {
  const lines: string[] = [];
  const log = await createLogger({ level: 'info', name: 'test', write: (line) => lines.push(line) });
  log.debug({}, 'not said');
  log.warn({ url: 'https://me:hunter2@example.test/' }, 'cannot clone');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    name: 'test',
    url: 'https://***@example.test/',
    msg: 'cannot clone',
  });
});

test('a silent logger is none', async () => {
  expect(await createLogger({ level: 'silent' })).toBe(silentLog);
});

const table = {
  a_total: { type: 'counter', help: 'As.', labels: ['code'] },
  b_seconds: { type: 'histogram', help: 'Bs.', labels: [], buckets: [1, 2] },
  c: { type: 'gauge', help: 'Cs.', labels: [] },
} as const;

test('metrics and readiness are served', async () => {
  const metrics = await createMetrics(table);
  let ready = false;
  const server = await startTelemetryServer({ port: 0, host: '127.0.0.1', metrics, isReady: () => ready });
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [response.status, await response.text()];
  };
  try {
    metrics.count('a_total', { code: 'X' });
    metrics.count('a_total', { code: 'X' });
    metrics.observe('b_seconds', 1.5);
    metrics.set('c', 7);
    const [status, text] = await get('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('a_total{code="X"} 2');
    expect(text).toContain('b_seconds_bucket{le="2"} 1');
    expect(text).toContain('c 7');
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect((await get('/readyz'))[0]).toBe(503);
    ready = true;
    expect((await get('/readyz'))[0]).toBe(200);
    expect((await get('/other'))[0]).toBe(404);
  } finally {
    await server.close();
  }
});

test('what is not declared is a mistake', async () => {
  const metrics = await createMetrics(table);
  expect(() => metrics.count('other')).toThrow(/"other" is not declared/);
});
