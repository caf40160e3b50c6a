// What builtins are given in one evaluation.
import type { BuiltinContext } from '../builtins/context.ts';
import type { EvaluateOptions } from '../types.ts';

export function makeContext(options: EvaluateOptions): BuiltinContext {
  return {
    now: options.now ?? BigInt(Date.now()) * 1_000_000n,
    random: options.seed === undefined ? Math.random : seeded(options.seed),
    cache: new Map(),
    trace: options.trace,
  };
}

/** A small generator (mulberry32) over a hash of the seed. */
function seeded(seed: string): () => number {
  let state = 2166136261;
  for (let index = 0; index < seed.length; index += 1)
    state = Math.imul(state ^ seed.charCodeAt(index), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
