// What evaluating an expression binds, given what is bound before it.
import { isSubset, isRoot, termVars, type Vars } from './vars.ts';
import { operatorName, type Expr, type Term } from '../ast.ts';

/** How many operands a call takes before its output, by operator name; undefined when there is no such function. */
export type ArityOf = (name: string) => number | undefined;

export function outputVars(expr: Expr, safe: ReadonlySet<string>, arityOf: ArityOf): Vars {
  const none: Vars = new Set();
  if (expr.negated) return none;
  for (const item of expr.with) if (!isSubset(termVars(item.value), safe)) return none;
  if (expr.kind === 'term') return refOutputs(expr.term, safe, none);
  if (expr.kind === 'every') return none;
  if (expr.kind !== 'call') return none;
  const name = operatorName(expr.op) ?? '';
  const [left, right] = expr.args;
  if (
    (name === 'eq' || name === 'equal') &&
    expr.args.length === 2 &&
    left !== undefined &&
    right !== undefined
  ) {
    const known = new Set(safe);
    const outputs = expr.underNot === true ? none : refOutputs(right, known, refOutputs(left, known, none));
    for (const item of [...outputs]) known.add(item);
    if (name === 'equal') return outputs;
    return unifyOutputs(left, right, known, outputs);
  }
  return callOutputs(expr.args, arityOf(name), safe);
}

function callOutputs(args: readonly Term[], arity: number | undefined, safe: ReadonlySet<string>): Vars {
  const outputs: Vars = new Set();
  if (arity === undefined || args.length !== arity + 1) return outputs;
  for (const arg of args.slice(0, arity)) if (!isSubset(termVars(arg), safe)) return outputs;
  const last = args[arity];
  if (last !== undefined) for (const name of patternVars(last)) if (!safe.has(name)) outputs.add(name);
  return outputs;
}

/** Variables in the path of a reference, once its head is known. */
function refOutputs(term: Term, safe: ReadonlySet<string>, into: Vars): Vars {
  if (term.kind !== 'ref') return into;
  const [head, ...path] = term.terms;
  if (head?.kind !== 'var' || !(isRoot(head.name) || safe.has(head.name))) return into;
  for (const item of path) for (const name of termVars(item)) if (!safe.has(name)) into.add(name);
  return into;
}

/** Variables that matching a value against a term binds. Keys and members of sets are not matched, but looked up. */
export function patternVars(term: Term, into: Vars = new Set()): Vars {
  if (term.kind === 'var') into.add(term.name);
  else if (term.kind === 'array') for (const item of term.items) patternVars(item, into);
  else if (term.kind === 'object') for (const [, value] of term.pairs) patternVars(value, into);
  return into;
}

function unifyOutputs(left: Term, right: Term, known: Set<string>, outputs: Vars): Vars {
  for (;;) {
    const before = known.size;
    unifyPair(left, right, known, outputs);
    if (known.size === before) return outputs;
  }
}

function unifyPair(left: Term, right: Term, known: Set<string>, outputs: Vars): void {
  if (isSubset(termVars(left), known)) learn(right, known, outputs);
  if (isSubset(termVars(right), known)) learn(left, known, outputs);
  for (const [a, b] of splitPair(left, right) ?? []) unifyPair(a, b, known, outputs);
}

function learn(term: Term, known: Set<string>, outputs: Vars): void {
  if (term.kind === 'object' && !term.pairs.every(([key]) => isSubset(termVars(key), known))) return;
  for (const name of patternVars(term)) {
    if (!known.has(name)) outputs.add(name);
    known.add(name);
  }
}

/** The pairs that two collections of the same shape unify by; undefined when they are not to be taken apart. */
export function splitPair(left: Term, right: Term): [Term, Term][] | undefined {
  if (left.kind === 'array' && right.kind === 'array') {
    if (left.items.length !== right.items.length) return undefined;
    return left.items.flatMap((item, index): [Term, Term][] => {
      const other = right.items[index];
      return other === undefined ? [] : [[item, other]];
    });
  }
  if (left.kind !== 'object' || right.kind !== 'object' || left.pairs.length !== right.pairs.length)
    return undefined;
  const pairs: [Term, Term][] = [];
  for (const [key, value] of left.pairs) {
    const other = right.pairs.find(([otherKey]) => sameKey(key, otherKey));
    if (other === undefined) return undefined;
    pairs.push([value, other[1]]);
  }
  return pairs;
}

function sameKey(a: Term, b: Term): boolean {
  if (a.kind === 'scalar' && b.kind === 'scalar')
    return String(a.value) === String(b.value) && typeof a.value === typeof b.value;
  return a.kind === 'var' && b.kind === 'var' && a.name === b.name;
}
