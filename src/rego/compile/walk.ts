// Visits every expression and term of a body, whatever it is inside of.
import type { Body, Expr, Term } from '../ast.ts';

export interface Visitor {
  readonly expr?: (expr: Expr) => void;
  readonly term?: (term: Term) => void;
}

export function walkBody(body: Body, visitor: Visitor): void {
  for (const expr of body) walkExpr(expr, visitor);
}

function walkExpr(expr: Expr, visitor: Visitor): void {
  visitor.expr?.(expr);
  for (const item of expr.with) {
    walkTerm(item.target, visitor);
    walkTerm(item.value, visitor);
  }
  if (expr.kind === 'term') walkTerm(expr.term, visitor);
  else if (expr.kind === 'call') for (const arg of expr.args) walkTerm(arg, visitor);
  else if (expr.kind === 'some') for (const symbol of expr.symbols) walkTerm(symbol, visitor);
  else if (expr.kind === 'not') walkBody(expr.body, visitor);
  else if (expr.kind === 'every') {
    walkTerm(expr.domain, visitor);
    walkBody(expr.body, visitor);
  } else {
    walkBody(expr.lhs, visitor);
    walkBody(expr.rhs, visitor);
  }
}

export function walkTerm(term: Term, visitor: Visitor): void {
  visitor.term?.(term);
  if (term.kind === 'ref') for (const item of term.terms) walkTerm(item, visitor);
  else if (term.kind === 'array' || term.kind === 'set')
    for (const item of term.items) walkTerm(item, visitor);
  else if (term.kind === 'object')
    for (const pair of term.pairs) for (const item of pair) walkTerm(item, visitor);
  else if (term.kind === 'call') for (const arg of term.args) walkTerm(arg, visitor);
  else if (term.kind === 'template') {
    for (const part of term.parts) {
      if (part.kind === 'scalar') walkTerm(part, visitor);
      else walkExpr(part, visitor);
    }
  } else if (term.kind === 'comprehension') {
    if (term.key !== undefined) walkTerm(term.key, visitor);
    walkTerm(term.term, visitor);
    walkBody(term.body, visitor);
  }
}
