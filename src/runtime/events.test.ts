import { describe, expect, it } from 'vitest';
import type { Event } from '../kube/builtin-types.ts';
import { KubeError } from '../kube/errors.ts';
import { FakeClient } from '../kube/fake-client.ts';
import { events } from '../kube/resources.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { createEventRecorder } from './events.ts';

const scan = {
  apiVersion: 'example.com/v1',
  kind: 'Scan',
  metadata: { name: 'a', namespace: 'x', uid: 'u1', resourceVersion: '5' },
};

function recorder() {
  const client = new FakeClient();
  const clock = new ManualClock();
  const make = () => createEventRecorder({ client, component: 'tester', clock });
  const all = async () => (await client.list<Event>(events)).items;
  return { client, clock, make, all };
}

describe('createEventRecorder', () => {
  it('makes an event that describe finds', async () => {
    const { make, all } = recorder();
    const it = make();
    it.record(scan, 'Warning', 'Broken', 'it broke');
    await it.flush();
    expect(await all()).toMatchObject([
      {
        metadata: { namespace: 'x', name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
        involvedObject: { ...scan.metadata, apiVersion: scan.apiVersion, kind: 'Scan' },
        type: 'Warning',
        reason: 'Broken',
        message: 'it broke',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'tester' },
      },
    ]);
  });

  it('counts the same thing, also after a restart', async () => {
    const { clock, make, all } = recorder();
    const first = make();
    first.record(scan, 'Normal', 'Same', 'again');
    first.record(scan, 'Normal', 'Same', 'again');
    await first.flush();
    clock.advance(60_000);
    const second = make();
    second.record(
      { ...scan, metadata: { ...scan.metadata, resourceVersion: '9' } },
      'Normal',
      'Same',
      'again',
    );
    second.record(scan, 'Normal', 'Same', 'other');
    await second.flush();
    expect((await all()).map(({ message, count, lastTimestamp }) => [message, count, lastTimestamp])).toEqual(
      [
        ['again', 3, '2026-01-01T00:01:00Z'],
        ['other', 1, '2026-01-01T00:01:00Z'],
      ],
    );
  });

  it('makes the event anew when the server dropped it', async () => {
    const { client, make, all } = recorder();
    const it = make();
    it.record(scan, 'Normal', 'Same', 'again');
    await it.flush();
    await client.delete(events, { namespace: 'x', name: (await all())[0]?.metadata.name ?? '' });
    it.record(scan, 'Normal', 'Same', 'again');
    await it.flush();
    expect((await all()).map(({ count }) => count)).toEqual([1]);
  });

  it('lets no object flood the server, and others speak', async () => {
    const { clock, make, all } = recorder();
    const it = make();
    for (let i = 0; i < 100; i++) it.record(scan, 'Normal', 'Many', `message ${i}`);
    it.record({ ...scan, metadata: { ...scan.metadata, uid: 'u2' } }, 'Normal', 'Other', 'me too');
    await it.flush();
    expect(await all()).toHaveLength(26);
    clock.advance(300_000);
    for (let i = 0; i < 3; i++) it.record(scan, 'Normal', 'Later', `message ${i}`);
    await it.flush();
    expect(await all()).toHaveLength(27);
  });

  it('never throws, and goes on after a failure', async () => {
    const { client, make, all } = recorder();
    const it = make();
    client.before = () => {
      client.before = () => {};
      throw new KubeError('no', { reason: 'Forbidden', statusCode: 403 });
    };
    it.record(scan, 'Normal', 'One', 'lost');
    it.record(scan, 'Normal', 'Two', 'kept');
    await it.flush();
    expect((await all()).map(({ reason }) => reason)).toEqual(['Two']);
  });
});
