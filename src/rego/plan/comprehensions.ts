// Comprehensions: run the body to its end and collect.
import { equal, RegoObject, RegoSet } from '../value.ts';
import { evalError } from '../eval/vm.ts';
import { planBody } from './exprs.ts';
import { planRead, type Bound } from './terms.ts';
import type { Comprehension } from '../ast.ts';
import type { Value } from '../types.ts';
import type { Reader } from './slots.ts';
import type { Planner } from './planner.ts';

export function planComprehension(planner: Planner, term: Comprehension, outer: ReadonlySet<string>): Reader {
  const bound: Bound = new Set(outer);
  const body = planBody(planner, term.body, bound);
  const read = planRead(planner, term.term, bound);
  if (term.of === 'array') return collectArray(planner, body, read);
  if (term.of === 'set') return collectSet(planner, body, read);
  if (term.key === undefined) throw new Error('an object comprehension has a key');
  return collectObject(planner, body, planRead(planner, term.key, bound), read, term);
}

type Body = ReturnType<typeof planBody>;

function collectArray(planner: Planner, body: Body, read: Reader): Reader {
  const slot = planner.lists.length;
  planner.lists.push(slot);
  const run = body((frame) => {
    const value = read(frame);
    if (value !== undefined) frame.lists?.[slot]?.push(value);
    return false;
  });
  return (frame) => {
    const list: Value[] = [];
    frame.lists ??= [];
    frame.lists[slot] = list;
    run(frame);
    return list;
  };
}

function collectSet(planner: Planner, body: Body, read: Reader): Reader {
  const slot = planner.slots.fresh();
  const run = body((frame) => {
    const value = read(frame);
    const set = frame.slots[slot];
    if (value !== undefined && set instanceof RegoSet) set.add(value);
    return false;
  });
  return (frame) => {
    const set = new RegoSet();
    frame.slots[slot] = set;
    run(frame);
    return set;
  };
}

function collectObject(
  planner: Planner,
  body: Body,
  readKey: Reader,
  read: Reader,
  term: Comprehension,
): Reader {
  const slot = planner.slots.fresh();
  const run = body((frame) => {
    const key = readKey(frame);
    const value = read(frame);
    const object = frame.slots[slot];
    if (key === undefined || value === undefined || !(object instanceof RegoObject)) return false;
    const before = object.get(key);
    if (before !== undefined && !equal(before, value))
      throw evalError('eval_conflict_error', 'object keys must be unique', term.loc);
    object.set(key, value);
    return false;
  });
  return (frame) => {
    const object = new RegoObject();
    frame.slots[slot] = object;
    run(frame);
    return object;
  };
}
