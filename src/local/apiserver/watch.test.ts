import { afterAll, beforeAll, expect, test } from 'vitest';
import { textAt } from './resources/resource.ts';
import { ManualClock } from '../../lib/manual-clock.ts';
import {
  aThing,
  asTable,
  definitionsPath,
  patchTypes,
  startTestServer,
  thingDefinition,
  thingsPath,
} from './test-server.ts';
import type { TestServer } from './test-server.ts';

let api: TestServer;
const clock = new ManualClock(Date.now());

beforeAll(async () => {
  api = await startTestServer({ watchHistory: { changes: 20 }, clock });
  await api.call('POST', definitionsPath, thingDefinition());
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const label = (name: string, value: string | null) =>
  api.call(
    'PATCH',
    `${thingsPath}/${name}`,
    { metadata: { labels: { team: value } } },
    { headers: patchTypes.merge },
  );

const revision = async (): Promise<string> => {
  const { body } = await api.call('GET', `${thingsPath}?limit=1`);
  return textAt(body, 'metadata', 'resourceVersion');
};

test('resumes after a revision and goes on', async () => {
  const from = await revision();
  await api.call('POST', thingsPath, aThing('w1'));
  const watch = await api.watch(`${thingsPath}?watch=1&resourceVersion=${from}`);
  const first = await watch.next();
  expect([first.type, first.object['metadata']?.['name']]).toEqual(['ADDED', 'w1']);
  await label('w1', 'a');
  expect((await watch.next()).type).toBe('MODIFIED');
  await api.call('DELETE', `${thingsPath}/w1`);
  const last = await watch.next();
  expect(last.type).toBe('DELETED');
  expect(Number(last.object['metadata']?.['resourceVersion'])).toBeGreaterThan(Number(from) + 2);
  watch.close();
});

test('without a revision it begins with what is there', async () => {
  await api.call('POST', thingsPath, aThing('w2'));
  const watch = await api.watch(`${thingsPath}?watch=true&fieldSelector=metadata.name%3Dw2`);
  const first = await watch.next();
  expect([first.type, first.object['metadata']?.['name']]).toEqual(['ADDED', 'w2']);
  watch.close();
});

test('objects come into a selection and go out of it', async () => {
  await api.call('POST', thingsPath, aThing('w3'));
  const watch = await api.watch(
    `${thingsPath}?watch=1&labelSelector=team%3Dblue&resourceVersion=${await revision()}`,
  );
  await label('w3', 'red');
  await label('w3', 'blue');
  await api.call('PATCH', `${thingsPath}/w3`, { spec: { n: 4 } }, { headers: patchTypes.merge });
  await label('w3', null);
  await label('w3', 'blue');
  await api.call('DELETE', `${thingsPath}/w3`);
  const types: string[] = [];
  for (let i = 0; i < 5; i += 1) types.push((await watch.next()).type);
  expect(types).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'DELETED']);
  watch.close();
});

test('a revision that is forgotten is 410, and so is one from another history', async () => {
  const from = await revision();
  await api.call('POST', thingsPath, aThing('w4'));
  for (let i = 0; i < 25; i += 1) await label('w4', `v${i}`);
  for (const asked of [from, '99999999']) {
    const watch = await api.watch(`${thingsPath}?watch=1&resourceVersion=${asked}`);
    const line = await watch.next();
    expect([line.type, line.object['code'], line.object['reason']]).toEqual(['ERROR', 410, 'Expired']);
    await watch.ended;
  }
});

test('a list as a watch: initial events, then a bookmark that says so', async () => {
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watch = await api.watch(`${thingsPath}?${query}&fieldSelector=metadata.name%3Dw2`);
  expect((await watch.next()).type).toBe('ADDED');
  const mark = await watch.next();
  expect(mark.type).toBe('BOOKMARK');
  expect(mark.object['metadata']?.['annotations']).toEqual({ 'k8s.io/initial-events-end': 'true' });
  watch.close();
});

test('bookmarks carry revisions forward, and timeoutSeconds ends the watch', async () => {
  const watch = await api.watch(
    `${thingsPath}?watch=1&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=${await revision()}&labelSelector=none%3Dsuch`,
  );
  await label('w2', 'x');
  clock.advance(61_000);
  const mark = await watch.next();
  expect([mark.type, mark.object['kind'], mark.object['metadata']?.['resourceVersion']]).toEqual([
    'BOOKMARK',
    'Thing',
    await revision(),
  ]);
  clock.advance(31_000);
  await watch.ended;
});

test('tables while watching: columns once', async () => {
  const watch = await api.watch(`${thingsPath}?watch=1&fieldSelector=metadata.name%3Dw2`, asTable);
  const first = await watch.next();
  expect([first.object['kind'], (first.object['columnDefinitions'] as unknown as unknown[]).length]).toEqual([
    'Table',
    5,
  ]);
  await label('w2', 'y');
  const second = await watch.next();
  expect((second.object['columnDefinitions'] as unknown as unknown[]).length).toBe(0);
  expect(second.object['rows']?.[0]?.['cells']?.[0]).toBe('w2');
  watch.close();
});

test('a restart keeps objects, certificates and revisions; a watch from the last revision goes on', async () => {
  const from = await revision();
  const { ca } = api.server;
  await api.restart();
  expect(api.server.ca).toBe(ca);
  expect(await revision()).toBe(from);
  const watch = await api.watch(`${thingsPath}?watch=1&resourceVersion=${from}`);
  await api.call('POST', thingsPath, aThing('after'));
  const line = await watch.next();
  expect([line.type, line.object['metadata']?.['name']]).toEqual(['ADDED', 'after']);
  expect(Number(line.object['metadata']?.['resourceVersion'])).toBe(Number(from) + 1);
  watch.close();
});

test('lists in pages, the last without a token', async () => {
  for (let i = 0; i < 7; i += 1)
    await api.call('POST', thingsPath, {
      ...aThing(`page-${i}`),
      metadata: { name: `page-${i}`, labels: { page: 'yes' } },
    });
  const names: string[] = [];
  let token = '';
  let pages = 0;
  do {
    const { body } = await api.call('GET', `${thingsPath}?limit=3&labelSelector=page&continue=${token}`);
    for (const item of body['items'] as unknown as { metadata: { name: string } }[])
      names.push(item.metadata.name);
    token = textAt(body, 'metadata', 'continue');
    pages += 1;
  } while (token !== '');
  expect([pages, names]).toEqual([3, Array.from({ length: 7 }, (_, i) => `page-${i}`)]);
  const bad = await api.call('GET', `${thingsPath}?continue=xxx`);
  expect(bad.code).toBe(400);
});

test('a watcher that does not read is cut off, and the others are served', async () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  const big = 'x'.repeat(700_000);
  await api.call('POST', maps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'big' },
    data: { big },
  });
  const { connect } = await import('node:tls');
  const { port, ca, adminCert, adminKey } = api.server;
  const socket = connect({ port, host: '127.0.0.1', ca, cert: adminCert, key: adminKey });
  const closed = new Promise((done) => socket.once('close', done));
  socket.on('error', () => {});
  await new Promise<void>((done) => socket.once('secureConnect', done));
  socket.write(`GET ${maps}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.pause();
  const other = await api.watch(`${maps}?watch=1&labelSelector=!big&fieldSelector=metadata.name%3Dbig`);
  expect((await other.next()).type).toBe('ADDED');
  for (let i = 0; i < 40; i += 1) {
    await api.call('PATCH', `${maps}/big`, { data: { count: `${i}` } }, { headers: patchTypes.merge });
    expect((await other.next()).object['data']?.['count']).toBe(`${i}`);
  }
  // What the kernel still holds is read to see the end.
  socket.resume();
  await closed;
  other.close();
});
