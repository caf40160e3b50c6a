import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('Slots', () => {
  it('serves groups by turns, and in order inside a group', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const free = await slots.take('a', never);
    const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map(async (name) => {
      const done = await slots.take(name.charAt(0), never);
      order.push(name);
      expect(slots.used).toBe(1);
      await settle();
      done?.();
    });
    free?.();
    await Promise.all(all);
    expect([order, slots.used]).toEqual([['a1', 'b1', 'c1', 'a2', 'b2', 'a3'], 0]);
  });

  it('gives what nobody took, once', async () => {
    const slots = new Slots(2);
    const first = await slots.take('a', never);
    await slots.take('a', never);
    first?.();
    first?.();
    expect(slots.used).toBe(1);
  });

  it('lets those go who no longer want', async () => {
    const slots = new Slots(1);
    const free = await slots.take('a', never);
    const leaving = new AbortController();
    const left = slots.take('a', leaving.signal);
    const next = slots.take('b', never);
    leaving.abort();
    expect(await left).toBeUndefined();
    free?.();
    expect(await next).toBeDefined();
    expect(await slots.take('c', AbortSignal.abort())).toBeUndefined();
  });
});
