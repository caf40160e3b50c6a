// References: walking into values, and over them where a part of the path is not bound.
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { planDataRef } from './data-refs.ts';
import { isGround, planMatch, planRead, type Bound } from './terms.ts';
import type { Ref, Term } from '../ast.ts';
import type { Value } from '../types.ts';
import type { Matcher, Reader, Step, ValueStep } from './slots.ts';
import type { Planner } from './planner.ts';

/** Makes a step that hands every value the reference has to `last`. `bound` gains the variables the path binds. */
export type Walk = (last: ValueStep) => Step;

export function planRef(planner: Planner, ref: Ref, bound: Bound): Walk {
  const [head, ...path] = ref.terms;
  if (head?.kind !== 'var') throw new Error('a flat reference begins with a variable');
  if (head.name === 'data') return planDataRef(planner, path, bound);
  const parts = path.map((term) => planPart(planner, term, bound));
  if (head.name === 'input') return (last) => fromInput(chainParts(parts, last));
  const slot = planner.slots.of(head.name);
  return (last) => fromSlot(slot, chainParts(parts, last));
}

function fromInput(walk: ValueStep): Step {
  return (frame) => {
    const { input } = frame.vm.env;
    return input !== undefined && walk(frame, input);
  };
}

function fromSlot(slot: number, walk: ValueStep): Step {
  return (frame) => {
    const value = frame.slots[slot];
    return value !== undefined && walk(frame, value);
  };
}

/** One part of a path: a key that is known, or a pattern that keys are matched against. */
export type Part = { readonly key: Reader } | { readonly pattern: Matcher };

export function planPart(planner: Planner, term: Term, bound: Bound): Part {
  if (isGround(term, bound)) return { key: planRead(planner, term, bound) };
  return { pattern: planMatch(planner, term, bound) };
}

export function chainParts(parts: readonly Part[], last: ValueStep, member = lookup): ValueStep {
  return parts.reduceRight<ValueStep>(
    (next, part) => ('key' in part ? stepInto(part.key, next, member) : stepOver(part.pattern, next)),
    last,
  );
}

function stepInto(readKey: Reader, next: ValueStep, find: typeof lookup): ValueStep {
  return (frame, value) => {
    const key = readKey(frame);
    if (key === undefined) return false;
    const member = find(value, key);
    return member !== undefined && next(frame, member);
  };
}

/** The member of a collection under a key: an array's element, an object's value, a set's member itself. */
export function lookup(value: Value, key: Value): Value | undefined {
  if (value instanceof RegoObject) return value.get(key);
  if (isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  if (value instanceof RegoSet) return value.find(key);
  return undefined;
}

function stepOver(match: Matcher, next: ValueStep): ValueStep {
  return (frame, value) => {
    if (isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        frame.vm.tick();
        const element = value[index];
        if (element !== undefined && match(frame, index) && next(frame, element)) return true;
      }
      return false;
    }
    if (value instanceof RegoObject) {
      for (const key of value.keys()) {
        frame.vm.tick();
        const member = value.get(key);
        if (member !== undefined && match(frame, key) && next(frame, member)) return true;
      }
      return false;
    }
    if (!(value instanceof RegoSet)) return false;
    for (const member of value.sorted()) {
      frame.vm.tick();
      if (match(frame, member) && next(frame, member)) return true;
    }
    return false;
  };
}
