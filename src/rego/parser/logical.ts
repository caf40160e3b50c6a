// `and` and `or` between expressions and bodies (import future.keywords.and, .or). `and` binds tighter.
import { parseBody, parseExpr, parseNotBody, parseWiths } from './bodies.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import type { Body, Expr } from '../ast.ts';

export interface Operand {
  readonly body: Body;
  /** Written as `{ … }`. */
  readonly explicit: boolean;
}

export function isLogicalOperator(p: Cursor): boolean {
  return p.isKeyword('and') || p.isKeyword('or');
}

/** `{ body }` that is followed by an operator; fails otherwise. */
export function parseBraceOperand(p: Cursor): Operand {
  const operand = parseBraces(p);
  if (!isLogicalOperator(p)) p.unexpected();
  return operand;
}

function parseBraces(p: Cursor): Operand {
  p.next();
  const body = parseBody(p, '}');
  p.next();
  return { body, explicit: true };
}

/** The chain that follows a first operand. */
export function foldLogical(p: Cursor, start: Token, first: Operand): Expr {
  return p.nested(() => {
    let left = foldAnd(p, start, first);
    while (p.takeKeyword('or')) {
      const rightStart = p.token;
      const right = foldAnd(p, rightStart, parseOperand(p, 'or'));
      left = join(p, start, 'or', left, right);
    }
    return single(p, left);
  });
}

function foldAnd(p: Cursor, start: Token, first: Operand): Operand {
  let left = first;
  while (p.takeKeyword('and')) left = join(p, start, 'and', left, parseOperand(p, 'and'));
  return left;
}

function join(p: Cursor, start: Token, kind: 'and' | 'or', lhs: Operand, rhs: Operand): Operand {
  const expr: Expr = {
    kind,
    lhs: lhs.body,
    rhs: rhs.body,
    explicitLhs: lhs.explicit,
    explicitRhs: rhs.explicit,
    negated: false,
    with: [],
    loc: p.locFrom(start),
  };
  return { body: [expr], explicit: false };
}

function single(p: Cursor, operand: Operand): Expr {
  const [only] = operand.body;
  return only ?? p.unexpected();
}

function parseOperand(p: Cursor, operator: string): Operand {
  const start = p.token;
  if (p.isOp('{')) {
    const operand = p.attempt(() => parseBraces(p));
    if (operand !== undefined) return operand;
    if (p.attempt(() => parseExpr(p)) !== undefined) {
      p.fail(`operand of \`${operator}\` cannot begin with \`{\` unless the braces hold a body`, start);
    }
    return parseBraces(p);
  }
  const negated = p.takeKeyword('not');
  if (negated && p.notBodies && p.isOp('{')) return implicit(parseNotBody(p, start));
  if (p.isOp('(') && (!negated || p.notBodies)) {
    const group = parseGroup(p, true);
    if (group !== undefined && !negated) return group;
    if (group !== undefined)
      return implicit({ kind: 'not', ...group, negated: false, with: [], loc: p.locFrom(start) });
  }
  const expr: Expr = { ...parseExpr(p), loc: p.locFrom(start) };
  if (!negated) return implicit(expr);
  if (!p.notBodies) return implicit({ ...expr, negated: true });
  return implicit({
    kind: 'not',
    body: [expr],
    explicit: false,
    negated: false,
    with: [],
    loc: p.locFrom(start),
  });
}

function implicit(expr: Expr): Operand {
  return { body: [expr], explicit: false };
}

/**
 * `(a or b)`: a group of operands. Undefined, with nothing consumed, when the parentheses hold a value instead.
 * `operand` says that a group of one is an operand already.
 */
export function parseGroup(p: Cursor, operand: boolean): Operand | undefined {
  const start = p.token;
  const whole = p.attempt(() => parseGroupInside(p, start, operand));
  return whole;
}

function parseGroupInside(p: Cursor, start: Token, operand: boolean): Operand {
  return p.nested(() => {
    p.next();
    const first = parseOperand(p, '');
    if (isLogicalOperator(p)) {
      const expr = foldLogical(p, start, first);
      const modifiers = parseWiths(p);
      p.expectOp(')', 'expected ) to close parenthesized group');
      return implicit(modifiers.length === 0 ? expr : { ...expr, with: modifiers });
    }
    const [only] = first.body;
    if (only === undefined || first.explicit) return p.unexpected();
    const modifiers = parseWiths(p);
    const grouped = only.kind === 'and' || only.kind === 'or' || only.kind === 'not' || only.negated;
    p.expectOp(')', 'expected )');
    const follows = operand || isLogicalOperator(p);
    if (modifiers.length > 0 && follows) return implicit({ ...only, with: [...only.with, ...modifiers] });
    if (!grouped || modifiers.length > 0) p.unexpected();
    return implicit(only);
  });
}
