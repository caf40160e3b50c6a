// Sets.
import { RegoSet } from '../value.ts';
import { setAt, wrongElement } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const sets: Readonly<Record<string, BuiltinFn>> = {
  and: (_, a = null, b = null) => intersect(setAt(a, 1), setAt(b, 2)),
  or: (_, a = null, b = null) => join(setAt(a, 1), setAt(b, 2)),
  set_diff: (_, a = null, b = null) => subtract(setAt(a, 1), setAt(b, 2)),
  union: (_, value = null) => RegoSet.from(setsIn(value).flatMap((set) => [...set.values()])),
  intersection: (_, value = null) => {
    const [first, ...rest] = setsIn(value);
    return first === undefined ? new RegoSet() : rest.reduce(intersect, first);
  },
};

function join(a: RegoSet, b: RegoSet): RegoSet {
  const joined = RegoSet.from(a.values());
  for (const item of b.values()) joined.add(item);
  return joined;
}

function intersect(a: RegoSet, b: RegoSet): RegoSet {
  return RegoSet.from([...a.values()].filter((item) => b.has(item)));
}

function subtract(a: RegoSet, b: RegoSet): RegoSet {
  return RegoSet.from([...a.values()].filter((item) => !b.has(item)));
}

function setsIn(value: Value): RegoSet[] {
  return setAt(value, 1)
    .sorted()
    .map((item) => {
      if (!(item instanceof RegoSet)) throw wrongElement(1, value, item, 'set');
      return item;
    });
}
