import { describe, expect, it } from 'vitest';
import type { Lease } from '../kube/builtin-types.ts';
import { KubeError } from '../kube/errors.ts';
import { FakeClient } from '../kube/fake-client.ts';
import { leases } from '../kube/resources.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { acquireLeadership } from './leader.ts';
import type { Leadership } from './leader.ts';

const key = { namespace: 'x', name: 'lock' };

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

function setUp() {
  const client = new FakeClient();
  const clock = new ManualClock();
  const ending = new AbortController();
  const leaders: string[] = [];
  const join = async (identity: string): Promise<Leadership> => {
    const leadership = await acquireLeadership({ client, ...key, identity, clock }, ending.signal);
    leaders.push(identity);
    return leadership;
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      await settle();
    }
  };
  const lease = () => client.get<Lease>(leases, key);
  return { client, clock, ending, leaders, join, pass, lease };
}

const unreachable = (): never => {
  throw new KubeError('down', { reason: 'Unreachable' });
};

describe('acquireLeadership', () => {
  it('takes a lease that is not there, and renews it', async () => {
    const { join, pass, lease } = setUp();
    const leadership = await join('one');
    expect((await lease()).spec).toMatchObject({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
    });
    await pass(30_000);
    expect((await lease()).spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:30.000000Z',
    });
    expect(leadership.signal.aborted).toBe(false);
    await leadership.release();
  });

  it('lets one lead at a time, and the next when the first gives back', async () => {
    const { leaders, join, pass } = setUp();
    const first = await join('one');
    const second = join('two');
    await pass(60_000);
    expect(leaders).toEqual(['one']);
    await first.release();
    expect(first.signal.aborted).toBe(true);
    await pass(4_000);
    await (await second).release();
    expect(leaders).toEqual(['one', 'two']);
  });

  it('takes over from a holder that fell silent, by its own clock, not before the lease is over', async () => {
    const { client, leaders, join, pass, lease } = setUp();
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 15,
      renewTime: '2030-01-01T00:00:00.000000Z',
      leaseTransitions: 3,
    };
    const held: Lease = { metadata: key, spec };
    await client.create(leases, held);
    const joining = join('one');
    await pass(14_000);
    expect(leaders).toEqual([]);
    await pass(4_000);
    const leadership = await joining;
    expect((await lease()).spec).toMatchObject({ holderIdentity: 'one', leaseTransitions: 4 });
    await leadership.release();
  });

  it('stops leading when it cannot renew before the deadline', async () => {
    const { client, join, pass } = setUp();
    const leadership = await join('one');
    client.before = unreachable;
    await pass(9_000);
    expect(leadership.signal.aborted).toBe(false);
    await pass(3_000);
    expect(leadership.signal.aborted).toBe(true);
    await leadership.release();
  });

  it('stops leading when a renewal hangs', async () => {
    const { client, join, pass } = setUp();
    const leadership = await join('one');
    client.before = () => new Promise(() => {});
    await pass(11_000);
    expect(leadership.signal.aborted).toBe(true);
  });

  it('stops leading when another holds the lease', async () => {
    const { client, join, pass } = setUp();
    const leadership = await join('one');
    await client.patch(leases, key, 'merge', { spec: { holderIdentity: 'thief' } });
    await pass(2_000);
    expect(leadership.signal.aborted).toBe(true);
    await leadership.release();
  });

  it('goes on trying while the server is away', async () => {
    const { client, leaders, join, pass } = setUp();
    client.before = unreachable;
    const joining = join('one');
    await pass(20_000);
    client.before = () => {};
    await pass(2_000);
    await (await joining).release();
    expect(leaders).toEqual(['one']);
  });

  it('ends waiting by the signal', async () => {
    const { ending, client, clock } = setUp();
    client.before = unreachable;
    const joining = acquireLeadership({ client, ...key, identity: 'one', clock }, ending.signal);
    await settle();
    ending.abort(new Error('enough'));
    await expect(joining).rejects.toThrow('enough');
  });
});
