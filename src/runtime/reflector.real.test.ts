/** Client and reflector against a real kube-apiserver, which is killed under them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kubeMissing, startKube } from '../../test/servers/kube.ts';
import type { Kube } from '../../test/servers/kube.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/connect.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/objects.ts';
import { configMaps } from '../kube/resources.ts';
import { acquireLeadership } from './leader.ts';
import { startReflector } from './reflector.ts';

type ConfigMap = KubeObject & { data?: Record<string, string> };

const missing = kubeMissing();
const key = (name: string) => ({ namespace: 'default', name });
const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: key(name),
  data,
});
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.skipIf(missing !== undefined)(`over a real API server${missing ? ` (${missing})` : ''}`, () => {
  let kube: Kube;
  let client: KubeConnection;
  beforeAll(async () => {
    kube = await startKube({ controllerManager: false });
    client = await connect({ kubeconfig: kube.kubeconfig });
  });
  afterAll(async () => {
    client?.close();
    await kube?.stop();
  });

  it('every verb works, and every failure has its name', async () => {
    const made = await client.create(configMaps, map('verbs', { a: '1' }));
    expect(isAlreadyExists(await caught(client.create(configMaps, map('verbs'))))).toBe(true);
    const replaced = await client.replace<ConfigMap>(configMaps, { ...made, data: { a: '2' } });
    expect(isConflict(await caught(client.replace(configMaps, made)))).toBe(true);
    expect(replaced.data).toEqual({ a: '2' });
    const patches = [
      ['merge', { data: { b: '1' } }],
      ['strategic', { data: { c: '1' } }],
      ['json', [{ op: 'add', path: '/data/d', value: '1' }]],
      ['apply', map('verbs', { e: '1' })],
    ] as const;
    for (const [type, body] of patches) {
      await client.patch(configMaps, key('verbs'), type, body, { fieldManager: 'test' });
    }
    expect((await client.get<ConfigMap>(configMaps, key('verbs'))).data).toEqual({
      a: '2',
      b: '1',
      c: '1',
      d: '1',
      e: '1',
    });
    expect(isInvalid(await caught(client.create(configMaps, map('Not A Name'))))).toBe(true);
    expect(isConflict(await caught(client.delete(configMaps, key('verbs'), { uid: 'another' })))).toBe(true);
    await client.delete(configMaps, key('verbs'));
    expect(isNotFound(await caught(client.get(configMaps, key('verbs'))))).toBe(true);
    expect(await client.raw('GET', '/readyz')).toBe('ok');
  });

  it('the cache is whole after pages, and after the server was killed', async () => {
    for (let i = 0; i < 7; i++) await client.create(configMaps, map(`many-${i}`));
    const reflector = startReflector<ConfigMap>({
      client,
      resource: configMaps,
      namespace: 'default',
      pageSize: 3,
      backoff: { baseMs: 50, maxMs: 500 },
    });
    await reflector.synced;
    const names = () =>
      reflector.cache
        .list()
        .map(({ metadata }) => metadata.name ?? '')
        .filter((name) => name.startsWith('many-') || name === 'late')
        .toSorted();
    expect(names()).toHaveLength(7);
    await client.delete(configMaps, key('many-0'));
    await vi.waitFor(() => expect(names()).toHaveLength(6), { timeout: 10_000 });
    await kube.restartApiServer();
    await vi.waitFor(() => client.create(configMaps, map('late')), { timeout: 30_000 });
    await vi.waitFor(() => expect(names()).toContain('late'), { timeout: 30_000 });
    expect(names()).toHaveLength(7);
    await reflector.stop();
  });

  it('one leads at a time', async () => {
    const ending = new AbortController();
    const options = { client, namespace: 'default', name: 'lock', retryMs: 50 };
    const first = await acquireLeadership({ ...options, identity: 'one' }, ending.signal);
    const order: string[] = [];
    const second = acquireLeadership({ ...options, identity: 'two' }, ending.signal).then((leadership) => {
      order.push('two leads');
      return leadership;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    order.push('one gives back');
    await first.release();
    await (await second).release();
    expect(order).toEqual(['one gives back', 'two leads']);
  });
});
