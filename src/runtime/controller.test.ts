import { describe, expect, it } from 'vitest';
import { ScanLinkError } from '../lib/errors.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { createController, done, requeueAfter } from './controller.ts';
import type { ControllerOptions, Reconciler } from './controller.ts';
import { startManager } from './manager.ts';

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

function setUp(reconcile: Reconciler, extra: Partial<ControllerOptions> = {}) {
  const clock = new ManualClock();
  const calls: string[] = [];
  const outcomes: string[] = [];
  const controller = createController({
    name: 'test',
    clock,
    random: () => 0,
    backoff: { baseMs: 100, maxMs: 400 },
    hooks: { reconciled: (outcome) => outcomes.push(outcome) },
    reconcile: (key, context) => {
      calls.push(`${key} ${context.failures}`);
      return reconcile(key, context);
    },
    ...extra,
  });
  controller.start();
  return { clock, controller, calls, outcomes };
}

describe('createController', () => {
  it('done: not again', async () => {
    const { controller, clock, calls, outcomes } = setUp(() => Promise.resolve(done));
    controller.queue.add('a');
    await settle();
    clock.advance(1e9);
    await settle();
    expect([calls, outcomes]).toEqual([['a 0'], ['done']]);
  });

  it('requeueAfter: again after that time', async () => {
    const { controller, clock, calls, outcomes } = setUp(() => Promise.resolve(requeueAfter(500)));
    controller.queue.add('a');
    await settle();
    expect(clock.next()).toBe(500);
    clock.advance(500);
    await settle();
    expect([calls, outcomes]).toEqual([
      ['a 0', 'a 0'],
      ['requeue', 'requeue'],
    ]);
  });

  it.each<[string, () => unknown]>([
    ['an error', () => new Error('boom')],
    ['something odd', () => 'boom'],
    ['a retryable error', () => new ScanLinkError('later', { code: 'X', retry: 'retryable' })],
  ])('%s: again with backoff, until it works', async (_name, thrown) => {
    let failing = 3;
    const { controller, clock, calls, outcomes } = setUp(() => {
      // Thrown at once, not as a rejection: both must be caught.
      if (failing-- > 0) throw thrown();
      return Promise.resolve(done);
    });
    controller.queue.add('a');
    await settle();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      waits.push(clock.next());
      clock.advance(clock.next() ?? 0);
      await settle();
    }
    expect(waits).toEqual([100, 200, 400]);
    expect(calls).toEqual(['a 0', 'a 1', 'a 2', 'a 3']);
    expect(outcomes).toEqual(['error', 'error', 'error', 'done']);
    expect(controller.queue.failures('a')).toBe(0);
  });

  it.each(['terminal', 'waiting'] as const)('a %s error: not again by itself', async (retry) => {
    const { controller, clock, calls, outcomes } = setUp(() =>
      Promise.reject(new ScanLinkError('no', { code: 'X', retry })),
    );
    controller.queue.add('a');
    await settle();
    clock.advance(1e9);
    await settle();
    expect([calls, outcomes]).toEqual([['a 0'], ['terminal']]);
  });

  it('works on several keys at a time, and on one key once', async () => {
    const running = new Map<string, number>();
    let most = 0;
    let release: (() => void)[] = [];
    const { controller } = setUp(
      async (key) => {
        running.set(key, (running.get(key) ?? 0) + 1);
        most = Math.max(most, ...running.values());
        await new Promise<void>((resolve) => release.push(resolve));
        running.set(key, (running.get(key) ?? 0) - 1);
        return done;
      },
      { workers: 3 },
    );
    for (const key of ['a', 'b', 'c', 'd']) controller.queue.add(key);
    await settle();
    for (const key of ['a', 'b', 'c']) controller.queue.add(key);
    expect([controller.queue.working, controller.queue.size]).toEqual([3, 4]);
    while (release.length > 0) {
      for (const go of release.splice(0)) go();
      await settle();
    }
    expect([most, controller.queue.working, controller.queue.size]).toEqual([1, 0, 0]);
    release = [];
  });

  it('tells a reconcile that takes too long', async () => {
    const { controller, clock, outcomes } = setUp(
      (_key, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        ),
      { timeoutMs: 1000 },
    );
    controller.queue.add('a');
    await settle();
    clock.advance(1000);
    await settle();
    expect(outcomes).toEqual(['error']);
  });

  it('stops when the running reconciles have ended', async () => {
    let ended = false;
    const { controller } = setUp(async (_key, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await settle();
      ended = true;
      return done;
    });
    controller.queue.add('a');
    controller.queue.add('b');
    await settle();
    await controller.stop();
    expect(ended).toBe(true);
  });
});

describe('startManager', () => {
  it('starts controllers only when every cache is filled, and stops all', async () => {
    const synced = Promise.withResolvers<void>();
    const calls: string[] = [];
    let stopped = false;
    const controller = createController({
      name: 'test',
      reconcile: (key) => {
        calls.push(key);
        return Promise.resolve(done);
      },
    });
    const source = {
      synced: synced.promise,
      stop: () => {
        stopped = true;
        return Promise.resolve();
      },
    };
    const manager = startManager({ controllers: [controller], sources: [source] });
    controller.queue.add('a');
    await settle();
    expect(calls).toEqual([]);
    synced.resolve();
    await manager.started;
    await settle();
    expect(calls).toEqual(['a']);
    await manager.stop();
    expect([await manager.ended, stopped]).toEqual(['stopped', true]);
  });

  it('can be stopped while it waits for the server', async () => {
    const source = { synced: new Promise<void>(() => {}), stop: () => Promise.resolve() };
    const manager = startManager({ controllers: [], sources: [source] });
    await manager.stop();
    expect(await manager.ended).toBe('stopped');
  });
});
