import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/manual-clock.ts';
import { Heap } from './heap.ts';
import { priority, WorkQueue } from './work-queue.ts';

function queueOf(options: { baseMs?: number; maxMs?: number } = {}) {
  const clock = new ManualClock();
  const queue = new WorkQueue({
    clock,
    random: () => 0,
    backoff: { baseMs: options.baseMs ?? 10, maxMs: options.maxMs ?? 1000 },
  });
  return { clock, queue };
}

/** Every key that is due now, in order, each finished at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.size > 0) {
    const key = (await queue.take()) ?? '';
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('WorkQueue', () => {
  it('hands out a key once however often it was added', async () => {
    const { queue } = queueOf();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.size).toBe(2);
    expect(await drain(queue)).toEqual(['a', 'b']);
  });

  it('gives a key that was added while worked on again, and only after done', async () => {
    const { queue } = queueOf();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('b');
    expect(await queue.take()).toBe('b');
    const next = queue.take();
    expect(queue.working).toBe(2);
    queue.done('a');
    expect(await next).toBe('a');
  });

  it('serves by priority, then by arrival', async () => {
    const { queue } = queueOf();
    queue.add('r', { priority: priority.resync });
    queue.add('n1');
    queue.add('u', { priority: priority.user });
    queue.add('n2');
    queue.add('r2', { priority: priority.resync });
    queue.add('r2', { priority: priority.user });
    expect(await drain(queue)).toEqual(['u', 'r2', 'n1', 'n2', 'r']);
  });

  it('holds delayed keys back, and takes the earlier of two times', async () => {
    const { queue, clock } = queueOf();
    queue.addAfter('late', 1000);
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    const first = queue.take();
    clock.advance(99);
    expect(queue.working).toBe(0);
    clock.advance(1);
    expect(await first).toBe('a');
    queue.done('a');
    const second = queue.take();
    clock.advance(900);
    expect(await second).toBe('late');
    queue.done('late');
    expect(clock.next()).toBeUndefined();
  });

  it('a key added now does not wait for its earlier delay', async () => {
    const { queue } = queueOf();
    queue.addAfter('a', 1000);
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.size).toBe(0);
  });

  it('keeps a delay that was asked for while the key is worked on', async () => {
    const { queue, clock } = queueOf();
    queue.add('a');
    await queue.take();
    queue.addAfter('a', 50);
    clock.advance(60);
    expect([queue.size, queue.working]).toEqual([1, 1]);
    const again = queue.take();
    queue.done('a');
    expect(await again).toBe('a');
  });

  it('backs off per key, up to the maximum, and begins anew after forget', () => {
    const { queue } = queueOf({ baseMs: 10, maxMs: 35 });
    expect([1, 2, 3, 4].map(() => queue.retry('a'))).toEqual([10, 20, 35, 35]);
    expect(queue.retry('b')).toBe(10);
    queue.forget('a');
    expect([queue.failures('a'), queue.retry('a')]).toEqual([0, 10]);
  });

  it('spreads retries by jitter', () => {
    const queue = new WorkQueue({
      clock: new ManualClock(),
      random: () => 0.5,
      backoff: { baseMs: 100, maxMs: 1000, jitter: 0.2 },
    });
    expect(queue.retry('a')).toBeCloseTo(110);
  });

  it('lets takers go when closed, and takes nothing more', async () => {
    const { queue, clock } = queueOf();
    queue.addAfter('x', 5);
    const waiting = queue.take();
    queue.close();
    expect(await waiting).toBeUndefined();
    queue.add('a');
    clock.advance(10);
    expect([await queue.take(), queue.size, clock.next()]).toEqual([undefined, 0, undefined]);
  });

  it('refuses done for what was not taken', () => {
    expect(() => queueOf().queue.done('a')).toThrow(RangeError);
  });

  it('tells its hooks the times', async () => {
    const clock = new ManualClock();
    const seen: unknown[] = [];
    const queue = new WorkQueue({
      clock,
      hooks: {
        added: (key) => seen.push(['added', key]),
        taken: (key, ms) => seen.push(['taken', key, ms]),
        finished: (key, ms) => seen.push(['finished', key, ms]),
      },
    });
    queue.add('a');
    queue.add('a');
    clock.advance(30);
    await queue.take();
    clock.advance(7);
    queue.done('a');
    expect(seen).toEqual([
      ['added', 'a'],
      ['taken', 'a', 30],
      ['finished', 'a', 7],
    ]);
  });
});

describe('WorkQueue, whatever happens in whatever order', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key, priority: fc.integer({ min: -2, max: 2 }) }),
    fc.record({
      do: fc.constant('later' as const),
      key,
      ms: fc.integer({ min: 1, max: 50 }),
      priority: fc.integer({ min: -2, max: 2 }),
    }),
    fc.record({ do: fc.constant('retry' as const), key }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const), pick: fc.nat() }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  );

  it('loses nothing, gives no key to two workers, and serves the highest priority that is due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { queue, clock } = queueOf({ baseMs: 8, maxMs: 64 });
        // The model: what waits, with its time, priority and arrival; what is worked on.
        const model = new Map<string, { due: number; priority: number; order: number }>();
        const working: string[] = [];
        let order = 0;
        const put = (key: string, ms: number, priority: number): void => {
          const old = model.get(key);
          const due = clock.now() + ms;
          model.set(key, {
            due: Math.min(due, old?.due ?? Infinity),
            priority: Math.max(priority, old?.priority ?? -Infinity),
            order: old?.order ?? order++,
          });
        };
        const expected = (): string | undefined =>
          [...model]
            .filter(([key, entry]) => entry.due <= clock.now() && !working.includes(key))
            .toSorted(([, a], [, b]) => b.priority - a.priority || a.order - b.order)[0]?.[0];

        for (const action of steps) {
          if (action.do === 'add') {
            put(action.key, 0, action.priority);
            queue.add(action.key, { priority: action.priority });
          } else if (action.do === 'later') {
            put(action.key, action.ms, action.priority);
            queue.addAfter(action.key, action.ms, { priority: action.priority });
          } else if (action.do === 'retry') {
            put(action.key, queue.retry(action.key), 0);
          } else if (action.do === 'take') {
            const want = expected();
            // Taking with nothing due would wait; the model only takes what must be there.
            if (want === undefined) continue;
            const got = await queue.take();
            expect(got).toBe(want);
            expect(working).not.toContain(got);
            model.delete(want);
            working.push(want);
          } else if (action.do === 'done') {
            if (working.length === 0) continue;
            const [key = ''] = working.splice(action.pick % working.length, 1);
            queue.done(key);
          } else {
            clock.advance(action.ms);
          }
          expect([queue.size, queue.working]).toEqual([model.size, working.length]);
        }
        for (const key of working.splice(0)) queue.done(key);
        clock.advance(1000);
        while (model.size > 0) {
          const got = (await queue.take()) ?? '';
          expect(got).toBe(expected());
          model.delete(got);
          queue.done(got);
        }
        expect(queue.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Heap', () => {
  it('gives everything back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const number of numbers) heap.push(number);
        const out: number[] = [];
        while (heap.size > 0) out.push(heap.pop() as number);
        expect(out).toEqual(numbers.toSorted((a, b) => a - b));
      }),
    );
  });
});
