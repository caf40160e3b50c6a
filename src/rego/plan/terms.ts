// Terms to code: reading a value from bound variables, and matching a value against a term.
import { equal, isArray, RegoObject, RegoSet } from '../value.ts';
import { isSubset, termVars } from '../compile/vars.ts';
import { planComprehension } from './comprehensions.ts';
import { planRef } from './refs.ts';
import type { Term } from '../ast.ts';
import type { Value } from '../types.ts';
import type { Matcher, Reader, Step } from './slots.ts';
import type { Planner } from './planner.ts';

export type Bound = Set<string>;

export function isGround(term: Term, bound: ReadonlySet<string>): boolean {
  return isSubset(termVars(term), bound);
}

/** The value of a term whose variables are all bound. */
export function planRead(planner: Planner, term: Term, bound: Bound): Reader {
  const constant = constantOf(term);
  if (constant !== undefined) return () => constant;
  switch (term.kind) {
    case 'var': {
      const slot = planner.slots.of(term.name);
      return (frame) => frame.slots[slot];
    }
    case 'array':
      return readArray(term.items.map((item) => planRead(planner, item, bound)));
    case 'set': {
      const items = readArray(term.items.map((item) => planRead(planner, item, bound)));
      return (frame) => {
        const values = items(frame);
        return isArray(values) ? RegoSet.from(values) : undefined;
      };
    }
    case 'object':
      return readObject(
        term.pairs.map(([key, value]) => [planRead(planner, key, bound), planRead(planner, value, bound)]),
      );
    case 'comprehension':
      return planComprehension(planner, term, bound);
    case 'ref':
      return readRef(planner, term, bound);
    default:
      throw new Error(`a ${term.kind} is not flat`);
  }
}

function readRef(planner: Planner, term: Extract<Term, { kind: 'ref' }>, bound: Bound): Reader {
  const slot = planner.slots.fresh();
  const step: Step = planRef(
    planner,
    term,
    new Set(bound),
  )((frame, value) => {
    frame.slots[slot] = value;
    return true;
  });
  return (frame) => {
    frame.slots[slot] = undefined;
    step(frame);
    return frame.slots[slot];
  };
}

function readArray(readers: readonly Reader[]): Reader {
  return (frame) => {
    const values: Value[] = [];
    for (const read of readers) {
      const value = read(frame);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

function readObject(pairs: readonly (readonly [Reader, Reader])[]): Reader {
  return (frame) => {
    const object = new RegoObject();
    for (const [readKey, readValue] of pairs) {
      const key = readKey(frame);
      const value = readValue(frame);
      if (key === undefined || value === undefined) return undefined;
      object.set(key, value);
    }
    return object;
  };
}

/** The value of a term without variables; undefined when it has some. */
export function constantOf(term: Term): Value | undefined {
  if (term.kind === 'scalar') return term.value;
  if (term.kind === 'array' || term.kind === 'set') {
    const values = constants(term.items);
    if (values === undefined) return undefined;
    return term.kind === 'array' ? values : RegoSet.from(values);
  }
  if (term.kind !== 'object') return undefined;
  const object = new RegoObject();
  for (const [key, value] of term.pairs) {
    const pair = constants([key, value]);
    if (pair === undefined || pair[0] === undefined || pair[1] === undefined) return undefined;
    object.set(pair[0], pair[1]);
  }
  return object;
}

function constants(terms: readonly Term[]): Value[] | undefined {
  const values: Value[] = [];
  for (const term of terms) {
    const value = constantOf(term);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** Whether a value fits a term; its unbound variables are bound, in `bound` and at run time. */
export function planMatch(planner: Planner, term: Term, bound: Bound): Matcher {
  if (term.kind === 'var' && !bound.has(term.name)) {
    const slot = planner.slots.of(term.name);
    bound.add(term.name);
    return (frame, value) => {
      frame.slots[slot] = value;
      return true;
    };
  }
  if (isGround(term, bound)) return matchGround(planRead(planner, term, bound));
  if (term.kind === 'array') return matchArray(term.items.map((item) => planMatch(planner, item, bound)));
  if (term.kind === 'object') {
    return matchObject(
      term.pairs.map(([key, value]) => [planRead(planner, key, bound), planMatch(planner, value, bound)]),
    );
  }
  throw new Error(`a ${term.kind} with unbound variables cannot be matched`);
}

function matchGround(read: Reader): Matcher {
  return (frame, value) => {
    const own = read(frame);
    return own !== undefined && equal(own, value);
  };
}

function matchArray(items: readonly Matcher[]): Matcher {
  return (frame, value) => {
    if (!isArray(value) || value.length !== items.length) return false;
    return items.every((match, index) => match(frame, value[index] ?? null));
  };
}

function matchObject(pairs: readonly (readonly [Reader, Matcher])[]): Matcher {
  return (frame, value) => {
    if (!(value instanceof RegoObject) || value.size !== pairs.length) return false;
    return pairs.every(([readKey, match]) => {
      const key = readKey(frame);
      const member = key === undefined ? undefined : value.get(key);
      return member !== undefined && match(frame, member);
    });
  };
}
