import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { textAt } from './resources/resource.ts';
import { ManualClock } from '../../lib/manual-clock.ts';
import { patchTypes, startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import type { JsonObject } from './types.ts';

let api: TestServer;
const clock = new ManualClock(Date.now());
const maps = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  api = await startTestServer({ clock });
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const map = (name: string, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
});

const create = async (name: string, metadata: JsonObject = {}): Promise<string> => {
  const answer = await api.call('POST', maps, map(name, metadata));
  expect(answer.code).toBe(201);
  return textAt(answer.body, 'metadata', 'uid');
};

const owner = (name: string, uid: string, more: JsonObject = {}): JsonObject => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...more }],
});

const gone = (path: string) => vi.waitFor(async () => expect((await api.call('GET', path)).code).toBe(404));

test('dependents follow their owner, through generations', async () => {
  const root = await create('root');
  const child = await create('child', owner('root', root));
  await create('grandchild', owner('child', child));
  await api.call('DELETE', `${maps}/root`);
  await gone(`${maps}/grandchild`);
  await gone(`${maps}/child`);
});

test('an object with another owner stays and loses the absent one', async () => {
  const [a, b] = [await create('owner-a'), await create('owner-b')];
  await create('shared', {
    ownerReferences: [
      ...[
        ['owner-a', a],
        ['owner-b', b],
      ].map(([name, uid]) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid })),
    ] as JsonObject[],
  });
  await api.call('DELETE', `${maps}/owner-a`);
  await vi.waitFor(async () => {
    const { body } = await api.call('GET', `${maps}/shared`);
    expect(body['metadata']?.['ownerReferences']).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner-b', uid: b },
    ]);
  });
});

test('orphans are let go', async () => {
  const uid = await create('parent');
  await create('kept', owner('parent', uid));
  await api.call('DELETE', `${maps}/parent`, { propagationPolicy: 'Orphan' });
  await gone(`${maps}/parent`);
  const { code, body } = await api.call('GET', `${maps}/kept`);
  expect([code, body['metadata']?.['ownerReferences']]).toEqual([200, undefined]);
});

test('in the foreground the owner waits for dependents that block it', async () => {
  const uid = await create('front');
  await create('slow', { ...owner('front', uid, { blockOwnerDeletion: true }), finalizers: ['x.io/wait'] });
  const answer = await api.call('DELETE', `${maps}/front`, { propagationPolicy: 'Foreground' });
  expect(answer.body['metadata']?.['finalizers']).toEqual(['foregroundDeletion']);
  await vi.waitFor(async () => {
    const { body } = await api.call('GET', `${maps}/slow`);
    expect(body['metadata']?.['deletionTimestamp']).toBeDefined();
  });
  expect((await api.call('GET', `${maps}/front`)).code).toBe(200);
  const more = { metadata: { finalizers: ['x.io/wait', 'x.io/new'] } };
  const refused = await api.call('PATCH', `${maps}/slow`, more, { headers: patchTypes.merge });
  expect(refused.body['message']).toContain(
    'no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/new"}',
  );
  await api.call('PATCH', `${maps}/slow`, { metadata: { finalizers: null } }, { headers: patchTypes.merge });
  await gone(`${maps}/slow`);
  await gone(`${maps}/front`);
});

test('an object whose owner never was is removed after a moment', async () => {
  await create('stray', owner('nobody', 'no-such-uid'));
  clock.advance(6_000);
  await gone(`${maps}/stray`);
});

test('a namespace takes everything in it along, and takes nothing new meanwhile', async () => {
  await api.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'ending' },
  });
  const path = '/api/v1/namespaces/ending/configmaps';
  await api.call('POST', path, map('held', { finalizers: ['x.io/wait'] }));
  const answer = await api.call('DELETE', '/api/v1/namespaces/ending');
  expect(answer.body['status']?.['phase']).toBe('Terminating');
  const late = await api.call('POST', path, map('late'));
  expect([late.code, late.body['message']]).toEqual([
    403,
    'configmaps "late" is forbidden: unable to create new content in namespace ending because it is being terminated',
  ]);
  await api.call('PATCH', `${path}/held`, { metadata: { finalizers: null } }, { headers: patchTypes.merge });
  await gone('/api/v1/namespaces/ending');
  const missing = await api.call('POST', path, map('late'));
  expect([missing.code, missing.body['message']]).toEqual([404, 'namespaces "ending" not found']);
});

test('every namespace gets its default service account', async () => {
  await api.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'fresh' },
  });
  await vi.waitFor(async () =>
    expect((await api.call('GET', '/api/v1/namespaces/fresh/serviceaccounts/default')).code).toBe(200),
  );
});

test('events go an hour after they were last written', async () => {
  const path = '/api/v1/namespaces/default/events';
  await api.call('POST', path, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'old' },
    involvedObject: { namespace: 'default' },
    reason: 'R',
  });
  clock.advance(3_500_000);
  await api.call('POST', path, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'young' },
    involvedObject: { namespace: 'default' },
    reason: 'R',
  });
  clock.advance(240_000);
  await gone(`${path}/old`);
  expect((await api.call('GET', `${path}/young`)).code).toBe(200);
});

test('a finished job goes after its ttl, a running one never', async () => {
  const path = '/apis/batch/v1/namespaces/default/jobs';
  const job = (name: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      ttlSecondsAfterFinished: 60,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x' }] } },
    },
  });
  await api.call('POST', path, job('done'));
  await api.call('POST', path, job('running'));
  const lastTransitionTime = new Date(clock.now()).toISOString();
  await api.call(
    'PATCH',
    `${path}/done/status`,
    { status: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime }] } },
    { headers: patchTypes.merge },
  );
  clock.advance(59_000);
  expect((await api.call('GET', `${path}/done`)).code).toBe(200);
  clock.advance(2_000);
  await gone(`${path}/done`);
  expect((await api.call('GET', `${path}/running`)).code).toBe(200);
});
