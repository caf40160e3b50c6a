// Expressions to code. Each is made with the step that follows it; running it calls that step once a solution.
import { operatorName, type Body, type Expr, type Term } from '../ast.ts';
import { equal, isArray, RegoObject, RegoSet } from '../value.ts';
import { splitPair } from '../compile/outputs.ts';
import { planCall } from './calls.ts';
import { planRef } from './refs.ts';
import { isGround, planMatch, planRead, type Bound } from './terms.ts';
import { planWith } from './with.ts';
import { chain, type Maker } from './slots.ts';
import type { Value } from '../types.ts';
import type { Planner } from './planner.ts';

/** A body in order; `bound` gains what it binds. */
export function planBody(planner: Planner, body: Body, bound: Bound): Maker {
  const makers = body.map((expr) => planExpr(planner, expr, bound));
  return (next) => chain(makers, next);
}

function planExpr(planner: Planner, expr: Expr, bound: Bound): Maker {
  if (expr.with.length > 0) return planWith(planner, expr, bound, planNegatable);
  return planNegatable(planner, expr, bound);
}

function planNegatable(planner: Planner, expr: Expr, bound: Bound): Maker {
  if (!expr.negated) return planPlain(planner, expr, bound);
  return negate(planPlain(planner, expr, new Set(bound)));
}

function negate(make: Maker): Maker {
  const holds = make(() => true);
  return (next) => (frame) => !holds(frame) && next(frame);
}

function planPlain(planner: Planner, expr: Expr, bound: Bound): Maker {
  switch (expr.kind) {
    case 'term':
      return planTermExpr(planner, expr.term, bound);
    case 'call':
      return planCallExpr(planner, expr, bound);
    case 'not':
      return negate(planBody(planner, expr.body, new Set(bound)));
    case 'and':
    case 'or':
      return planLogical(planner, expr, bound);
    case 'every':
      return planEvery(planner, expr, bound);
    default:
      return (next) => next;
  }
}

function planLogical(planner: Planner, expr: Extract<Expr, { kind: 'and' | 'or' }>, bound: Bound): Maker {
  const left = planBody(planner, expr.lhs, new Set(bound))(() => true);
  const right = planBody(planner, expr.rhs, new Set(bound))(() => true);
  if (expr.kind === 'and') return (next) => (frame) => left(frame) && right(frame) && next(frame);
  return (next) => (frame) => (left(frame) || right(frame)) && next(frame);
}

function planTermExpr(planner: Planner, term: Term, bound: Bound): Maker {
  if (term.kind !== 'ref') {
    const read = planRead(planner, term, bound);
    return (next) => (frame) => {
      const value = read(frame);
      return value !== undefined && value !== false && next(frame);
    };
  }
  const walk = planRef(planner, term, bound);
  return (next) => walk((frame, value) => value !== false && next(frame));
}

function planCallExpr(planner: Planner, expr: Extract<Expr, { kind: 'call' }>, bound: Bound): Maker {
  const name = operatorName(expr.op);
  const [left, right] = expr.args;
  if (
    (name === 'eq' || name === 'equal') &&
    expr.args.length === 2 &&
    left !== undefined &&
    right !== undefined
  ) {
    return planEquation(planner, left, right, bound);
  }
  return planCall(planner, expr, bound);
}

function planEquation(planner: Planner, left: Term, right: Term, bound: Bound): Maker {
  if (left.kind === 'ref' && right.kind === 'ref') return planTwoRefs(planner, left, right, bound);
  if (left.kind === 'ref') return planRefEquation(planner, left, right, bound);
  if (right.kind === 'ref') return planRefEquation(planner, right, left, bound);
  return planPairs(planner, [[left, right]], bound);
}

function planRefEquation(
  planner: Planner,
  ref: Extract<Term, { kind: 'ref' }>,
  other: Term,
  bound: Bound,
): Maker {
  const walk = planRef(planner, ref, bound);
  const match = planMatch(planner, other, bound);
  return (next) => walk((frame, value) => match(frame, value) && next(frame));
}

function planTwoRefs(
  planner: Planner,
  left: Extract<Term, { kind: 'ref' }>,
  right: Extract<Term, { kind: 'ref' }>,
  bound: Bound,
): Maker {
  const slot = planner.slots.fresh();
  const walkLeft = planRef(planner, left, bound);
  const walkRight = planRef(planner, right, bound);
  return (next) => {
    const second = walkRight((frame, value) => {
      const first = frame.slots[slot];
      return first !== undefined && equal(first, value) && next(frame);
    });
    return walkLeft((frame, value) => {
      frame.slots[slot] = value;
      return second(frame);
    });
  };
}

/** Unifies pairs of terms, those first of which one side is known. */
function planPairs(planner: Planner, pairs: readonly (readonly [Term, Term])[], bound: Bound): Maker {
  const makers: Maker[] = [];
  let waiting = [...pairs];
  while (waiting.length > 0) {
    const index = waiting.findIndex(([left, right]) => isGround(left, bound) || isGround(right, bound));
    const [pair] = waiting.splice(Math.max(index, 0), 1);
    if (pair === undefined) break;
    if (index >= 0) {
      makers.push(
        isGround(pair[0], bound)
          ? planAssign(planner, pair[0], pair[1], bound)
          : planAssign(planner, pair[1], pair[0], bound),
      );
      continue;
    }
    const parts = splitPair(pair[0], pair[1]);
    if (parts === undefined) return () => () => false;
    waiting = [...parts, ...waiting];
  }
  return (next) => chain(makers, next);
}

function planAssign(planner: Planner, from: Term, to: Term, bound: Bound): Maker {
  const read = planRead(planner, from, bound);
  const match = planMatch(planner, to, bound);
  return (next) => (frame) => {
    const value = read(frame);
    return value !== undefined && match(frame, value) && next(frame);
  };
}

function planEvery(planner: Planner, expr: Extract<Expr, { kind: 'every' }>, bound: Bound): Maker {
  const read = planRead(planner, expr.domain, bound);
  const inner = new Set(bound);
  const keySlot = expr.key === undefined ? planner.slots.fresh() : planner.slots.of(expr.key.name);
  const valueSlot = planner.slots.of(expr.value.name);
  inner.add(expr.value.name);
  if (expr.key !== undefined) inner.add(expr.key.name);
  const holds = planBody(planner, expr.body, inner)(() => true);
  return (next) => (frame) => {
    const domain = read(frame);
    const members = domain === undefined ? undefined : membersOf(domain);
    if (members === undefined) return false;
    for (const [key, value] of members) {
      frame.vm.tick();
      frame.slots[keySlot] = key;
      frame.slots[valueSlot] = value;
      if (!holds(frame)) return false;
    }
    return next(frame);
  };
}

/** Keys and values of a collection; undefined for anything else. */
function membersOf(value: Value): Iterable<readonly [Value, Value]> | undefined {
  if (isArray(value)) return value.entries();
  if (value instanceof RegoObject) return value.entries();
  if (value instanceof RegoSet) return value.sorted().map((member) => [member, member] as const);
  return undefined;
}
