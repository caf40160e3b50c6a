import { describe, expect, it } from 'vitest';
import { KubeError } from '../kube/errors.ts';
import { FakeClient } from '../kube/fake-client.ts';
import type { KubeObject } from '../kube/objects.ts';
import { configMaps } from '../kube/resources.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { byOwner, Cache } from './cache.ts';
import type { Change } from './cache.ts';
import { startReflector } from './reflector.ts';

const object = (name: string, extra: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  metadata: { name, namespace: 'x', ...extra },
});

/** Lets everything that can go on without time passing go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

function start(options: { pageSize?: number; names?: string[] } = {}) {
  const client = new FakeClient();
  const clock = new ManualClock();
  const seen: string[] = [];
  const begin = () => {
    const reflector = startReflector<KubeObject>({
      client,
      resource: configMaps,
      pageSize: options.pageSize,
      clock,
      random: () => 0,
      backoff: { baseMs: 1000, maxMs: 8000, jitter: 0 },
    });
    reflector.cache.onChange((change) => seen.push(`${change.type} ${change.object.metadata.name}`));
    return reflector;
  };
  return { client, clock, seen, begin };
}

const listsOf = (client: FakeClient): number => client.calls.filter((call) => call.startsWith('list')).length;
const watchesOf = (client: FakeClient): string[] => client.calls.filter((call) => call.startsWith('watch'));

describe('startReflector', () => {
  it('lists in pages, then follows every change', async () => {
    const { client, seen, begin } = start({ pageSize: 2 });
    for (const name of ['a', 'b', 'c']) await client.create(configMaps, object(name));
    const reflector = begin();
    await reflector.synced;
    expect([listsOf(client), reflector.cache.size]).toEqual([2, 3]);
    await client.create(configMaps, object('d'));
    await client.patch(configMaps, { namespace: 'x', name: 'a' }, 'merge', { data: { k: 'v' } });
    await client.delete(configMaps, { namespace: 'x', name: 'b' });
    await settle();
    expect(seen).toEqual(['added a', 'added b', 'added c', 'added d', 'updated a', 'deleted b']);
    expect(reflector.cache.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'c', 'd']);
    await reflector.stop();
    await client.create(configMaps, object('e'));
    await settle();
    expect(seen).toHaveLength(6);
  });

  it('drops managedFields', async () => {
    const { client, begin } = start();
    await client.create(configMaps, object('a', { managedFields: [{ manager: 'm' }] }));
    const reflector = begin();
    await reflector.synced;
    expect(reflector.cache.get('x/a')?.metadata).not.toHaveProperty('managedFields');
    await reflector.stop();
  });

  it('waits for a server that is not there, with growing pauses', async () => {
    const { client, clock, begin } = start();
    client.before = () => {
      throw new KubeError('no', { reason: 'Unreachable' });
    };
    const reflector = begin();
    await settle();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) {
      waits.push(clock.next());
      clock.advance(clock.next() ?? 0);
      await settle();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
    client.before = () => {};
    clock.advance(8000);
    await reflector.synced;
    await reflector.stop();
  });

  it('waits as long as the server says', async () => {
    const { client, clock, begin } = start();
    client.before = () => {
      client.before = () => {};
      throw new KubeError('busy', { reason: 'TooManyRequests', statusCode: 429, retryAfterMs: 20_000 });
    };
    const reflector = begin();
    await settle();
    expect(clock.next()).toBe(20_000);
    clock.advance(20_000);
    await reflector.synced;
    await reflector.stop();
  });

  it('watches on from where it was when the connection was cut', async () => {
    const { client, clock, seen, begin } = start();
    let cuts = 0;
    client.before = (call) => {
      if (call.startsWith('watch') && cuts++ < 2) throw new KubeError('cut', { reason: 'Unreachable' });
    };
    const reflector = begin();
    await reflector.synced;
    await settle();
    await client.create(configMaps, object('a'));
    clock.advance(1000);
    await settle();
    clock.advance(2000);
    await settle();
    expect([seen, listsOf(client), watchesOf(client).length]).toEqual([['added a'], 1, 3]);
    await reflector.stop();
  });

  it('lists anew when its version is gone, telling only what changed', async () => {
    const { client, clock, seen, begin } = start();
    for (const name of ['a', 'b']) await client.create(configMaps, object(name));
    const reflector = begin();
    await reflector.synced;
    await settle();
    client.before = (call) => {
      if (call === 'list configmaps ') client.before = () => {};
      // What happens between the watch's end and the next list is seen by the list alone.
    };
    client.expireWatches();
    await settle();
    await client.delete(configMaps, { namespace: 'x', name: 'a' });
    await client.create(configMaps, object('c'));
    clock.advance(1000);
    await settle();
    expect(seen).toEqual(['added a', 'added b', 'deleted a', 'added c']);
    expect(listsOf(client)).toBe(2);
    await reflector.stop();
  });

  it('takes an endless list in one piece when its pages expire', async () => {
    const { client, begin } = start({ pageSize: 1 });
    for (const name of ['a', 'b']) await client.create(configMaps, object(name));
    let lists = 0;
    client.before = (call) => {
      if (call.startsWith('list') && ++lists === 2)
        throw new KubeError('old', { reason: 'Expired', statusCode: 410 });
    };
    const reflector = begin();
    await reflector.synced;
    expect([reflector.cache.size, lists]).toEqual([2, 3]);
    await reflector.stop();
  });

  it('never loops without a pause, whatever the server answers', async () => {
    const { client, clock, begin } = start();
    client.before = (call) => {
      if (call.startsWith('watch')) throw new KubeError('gone', { reason: 'Expired', statusCode: 410 });
    };
    const reflector = begin();
    await settle();
    const before = client.calls.length;
    await settle();
    expect(client.calls.length).toBe(before);
    expect(clock.next()).toBeGreaterThan(0);
    await reflector.stop();
  });

  it('lists anew when a version is never answered for', async () => {
    const { client, clock, begin } = start();
    client.before = (call) => {
      if (call.startsWith('watch')) throw new KubeError('no', { reason: 'InternalError', statusCode: 500 });
    };
    const reflector = begin();
    await settle();
    for (let i = 0; i < 5; i++) {
      clock.advance(8000);
      await settle();
    }
    expect(listsOf(client)).toBe(2);
    await reflector.stop();
  });
});

describe('Cache', () => {
  const owned = (name: string, owner: string, uid = name): KubeObject =>
    object(name, {
      uid,
      resourceVersion: `${name}${owner}${uid}`,
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner, controller: true }],
    });

  it('finds by index what is there now', () => {
    const cache = new Cache<KubeObject>({ indexes: { owner: byOwner } });
    const names = (owner: string) => cache.byIndex('owner', owner).map(({ metadata }) => metadata.name);
    cache.put(owned('a', 'one'));
    cache.put(owned('b', 'one'));
    expect(names('one')).toEqual(['a', 'b']);
    cache.put(owned('a', 'two'));
    expect([names('one'), names('two')]).toEqual([['b'], ['a']]);
    cache.remove('x/b');
    expect([names('one'), names('none')]).toEqual([[], []]);
    expect(() => cache.byIndex('colour', 'x')).toThrow(RangeError);
  });

  it('hands over old and new, and sees an object made anew as two changes', () => {
    const cache = new Cache<KubeObject>();
    const changes: Change<KubeObject>[] = [];
    const first = owned('a', 'one');
    const second = owned('a', 'two');
    const other = owned('a', 'two', 'other-uid');
    cache.put(first);
    cache.onChange((change) => changes.push(change));
    cache.put(second);
    cache.put(second);
    cache.put(other);
    expect(changes).toEqual([
      { type: 'added', object: first },
      { type: 'updated', object: second, old: first },
      { type: 'deleted', object: second, old: second },
      { type: 'added', object: other },
    ]);
  });

  it('tells the others when a handler throws', () => {
    const errors: unknown[] = [];
    const told: string[] = [];
    const cache = new Cache<KubeObject>({ onHandlerError: (error) => errors.push(error) });
    cache.onChange(() => {
      throw new Error('bad handler');
    });
    cache.onChange(({ type }) => told.push(type));
    cache.put(owned('a', 'one'));
    expect([errors.length, told]).toEqual([1, ['added']]);
  });
});
