// Which variables occur where. `data` and `input` as heads of references are not variables.
import type { Body, Expr, Term } from '../ast.ts';

export type Vars = Set<string>;

/** Variables of a term, leaving out what is inside comprehensions. */
export function termVars(term: Term, into: Vars = new Set()): Vars {
  switch (term.kind) {
    case 'var':
      into.add(term.name);
      break;
    case 'ref':
      term.terms.forEach((item, index) => {
        if (index === 0 && item.kind === 'var' && isRoot(item.name)) return;
        termVars(item, into);
      });
      break;
    case 'array':
    case 'set':
      for (const item of term.items) termVars(item, into);
      break;
    case 'object':
      for (const [key, value] of term.pairs) {
        termVars(key, into);
        termVars(value, into);
      }
      break;
    default:
      break;
  }
  return into;
}

export function isRoot(name: string): boolean {
  return name === 'data' || name === 'input';
}

/** The terms an expression holds directly. */
export function exprTerms(expr: Expr): readonly Term[] {
  const modifiers = expr.with.map((item) => item.value);
  if (expr.kind === 'term') return [expr.term, ...modifiers];
  if (expr.kind === 'call') return [...expr.args, ...modifiers];
  if (expr.kind === 'every') return [expr.domain, ...modifiers];
  return modifiers;
}

export function exprVars(expr: Expr, into: Vars = new Set()): Vars {
  for (const term of exprTerms(expr)) termVars(term, into);
  return into;
}

export function bodyVars(body: Body): Vars {
  const vars: Vars = new Set();
  for (const expr of body) exprVars(expr, vars);
  return vars;
}

/** Everything that occurs inside the closures of an expression, at any depth. */
export function closureVars(expr: Expr, into: Vars = new Set()): Vars {
  for (const body of closuresOf(expr)) allVars(body, into);
  for (const term of exprTerms(expr)) comprehensionVars(term, into);
  return into;
}

function closuresOf(expr: Expr): readonly Body[] {
  if (expr.kind === 'every' || expr.kind === 'not') return [expr.body];
  if (expr.kind === 'and' || expr.kind === 'or') return [expr.lhs, expr.rhs];
  return [];
}

function allVars(body: Body, into: Vars): void {
  for (const expr of body) {
    exprVars(expr, into);
    closureVars(expr, into);
  }
}

function comprehensionVars(term: Term, into: Vars): void {
  if (term.kind === 'comprehension') {
    allVars(term.body, into);
    termVars(term.term, into);
    if (term.key !== undefined) termVars(term.key, into);
  } else if (term.kind === 'array' || term.kind === 'set') {
    for (const item of term.items) comprehensionVars(item, into);
  } else if (term.kind === 'object') {
    for (const pair of term.pairs) for (const item of pair) comprehensionVars(item, into);
  } else if (term.kind === 'ref') {
    for (const item of term.terms) comprehensionVars(item, into);
  }
}

export function isSubset(vars: Iterable<string>, of: ReadonlySet<string>): boolean {
  for (const name of vars) if (!of.has(name)) return false;
  return true;
}
