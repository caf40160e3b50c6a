// Bodies and their expressions: literals, `some`, `every`, `not`, `with`.
import {
  builtinRef,
  operatorName,
  type Body,
  type Expr,
  type EveryExpr,
  type Term,
  type Var,
  type With,
} from '../ast.ts';
import { foldLogical, isLogicalOperator, parseBraceOperand, parseGroup } from './logical.ts';
import { kindName, parseInfix, parseTerm, parseVar } from './terms.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

/** Expressions up to `end` (a bracket, or '' for the end of the text), which is left standing. Never empty. */
export function parseBody(p: Cursor, end: string): Body {
  return p.nested(() => parseQuery(p, end));
}

function atEnd(p: Cursor, end: string): boolean {
  return end === '' ? p.done : p.isOp(end);
}

function parseQuery(p: Cursor, end: string): Body {
  if (atEnd(p, end)) p.fail('found empty body');
  const body: Expr[] = [];
  for (;;) {
    body.push(parseLiteral(p));
    if (p.takeOp(';')) continue;
    if (atEnd(p, end)) return body;
    if (!p.token.newline)
      p.unexpected(`expected \\n or ; or ${end === '' ? 'eof' : end}${missingImport(p, body.at(-1))}`);
  }
}

/** A hint at the import that would make sense of what stands here. */
function missingImport(p: Cursor, before: Expr | undefined): string {
  const { text } = p.token;
  const hint = (keyword: string, example: string): string =>
    ` (hint: \`import future.keywords.${keyword}\` for \`${example}\` expressions)`;
  const isEvery = before?.kind === 'term' && before.term.kind === 'var' && before.term.name === 'every';
  if (isEvery && !p.hasKeyword('every')) return hint('every', 'every x in xs { ... }');
  if (text === 'in' && !p.hasKeyword('in'))
    return hint('in', before?.kind === 'some' ? 'some x in xs' : 'x in xs');
  if ((text === 'and' || text === 'or') && !p.hasKeyword(text)) return hint(text, `x ${text} y`);
  return '';
}

/** Expressions of a statement: joined by `;` only. */
export function parseStatementBody(p: Cursor): Body {
  const body: Expr[] = [parseLiteral(p)];
  while (p.takeOp(';')) body.push(parseLiteral(p));
  return body;
}

export function parseLiteral(p: Cursor): Expr {
  const start = p.token;
  if (p.logical && p.isOp('{')) {
    const operand = p.attempt(() => parseBraceOperand(p));
    if (operand !== undefined) return withModifiers(p, start, foldLogical(p, start, operand));
  }
  if (p.logical && p.isOp('(')) {
    const group = parseGroup(p, false);
    if (group !== undefined) return finishLogical(p, start, group);
  }
  const negated = p.takeKeyword('not');
  if (negated && p.notBodies && p.isOp('{'))
    return finishLogical(p, start, { body: [parseNotBody(p, start)], explicit: false });
  if (p.isKeyword('some')) {
    if (negated) p.unexpected("illegal negation of 'some'");
    return parseSome(p, start);
  }
  if (p.isKeyword('every')) {
    if (negated) p.unexpected("illegal negation of 'every'");
    return parseEvery(p, start);
  }
  return parsePlain(p, start, negated);
}

function finishLogical(p: Cursor, start: Token, operand: { body: Body; explicit: boolean }): Expr {
  if (isLogicalOperator(p)) return withModifiers(p, start, foldLogical(p, start, operand));
  const [only] = operand.body;
  if (only === undefined) return p.unexpected();
  return withModifiers(p, start, only);
}

export function parseNotBody(p: Cursor, start: Token): Expr {
  p.next();
  const body = parseBody(p, '}');
  p.next();
  return { kind: 'not', body, explicit: true, negated: false, with: [], loc: p.locFrom(start) };
}

function parsePlain(p: Cursor, start: Token, negated: boolean): Expr {
  if (negated && p.notBodies && p.isOp('(')) {
    const group = parseGroup(p, true);
    if (group !== undefined) {
      const not: Expr = { kind: 'not', ...group, negated: false, with: [], loc: p.locFrom(start) };
      return finishLogical(p, start, { body: [not], explicit: false });
    }
  }
  const braced = p.isOp('{');
  const plain = parseExpr(p);
  const modifiers = parseWiths(p);
  const inner = negated && p.notBodies ? [] : modifiers;
  let expr: Expr = { ...plain, with: inner, loc: p.locFrom(start) };
  if (negated && p.notBodies) {
    expr = {
      kind: 'not',
      body: [expr],
      explicit: false,
      negated: false,
      with: modifiers,
      loc: p.locFrom(start),
    };
  } else {
    expr = { ...expr, negated };
  }
  if (!isLogicalOperator(p)) return expr;
  if (modifiers.length > 0)
    p.fail(`\`with\` modifier is not allowed on operand of \`${p.token.text}\``, modifiers[0]?.loc);
  if (braced && !negated)
    p.fail(`operand of \`${p.token.text}\` cannot begin with \`{\` unless the braces hold a body`, start);
  return withModifiers(p, start, foldLogical(p, start, { body: [expr], explicit: false }));
}

/** `term`, `term = term`, `term := term`, or a call. */
export function parseExpr(p: Cursor): Expr {
  const start = p.token;
  const left = parseInfix(p);
  if (p.isOp(':=') || p.isOp('=')) {
    const op = p.next();
    const right = parseInfix(p);
    const name = op.text === '=' ? 'eq' : 'assign';
    return {
      kind: 'call',
      op: builtinRef(name, p.locOf(op)),
      args: [left, right],
      negated: false,
      with: [],
      loc: p.locFrom(start),
    };
  }
  const loc = p.locFrom(start);
  if (left.kind === 'call')
    return { kind: 'call', op: left.op, args: left.args, negated: false, with: [], loc };
  return { kind: 'term', term: left, negated: false, with: [], loc };
}

export function withModifiers(p: Cursor, start: Token, expr: Expr): Expr {
  const modifiers = parseWiths(p);
  return modifiers.length === 0
    ? expr
    : { ...expr, with: [...expr.with, ...modifiers], loc: p.locFrom(start) };
}

export function parseWiths(p: Cursor): With[] {
  const list: With[] = [];
  while (p.isKeyword('with')) {
    const start = p.next();
    if (p.token.kind !== 'name' || p.keyword() !== undefined) p.unexpected('expected ident');
    const target = parseTerm(p);
    if (target.kind !== 'ref' && target.kind !== 'var') return p.unexpected('expected with target path');
    if (!p.takeKeyword('as')) p.unexpected('expected as keyword');
    list.push({ target, value: parseInfix(p), loc: p.locFrom(start) });
  }
  return list;
}

function parseSome(p: Cursor, start: Token): Expr {
  p.next();
  const membership = p.attempt(() => parseSomeIn(p));
  if (membership !== undefined) {
    const loc = p.locFrom(start);
    const modifiers = parseWiths(p);
    return { kind: 'some', symbols: [membership], negated: false, with: modifiers, loc };
  }
  const symbols: Var[] = [];
  do {
    if (p.token.kind !== 'name' || p.keyword() !== undefined) p.unexpected('expected var');
    symbols.push(parseVar(p));
  } while (p.takeOp(','));
  return { kind: 'some', symbols, negated: false, with: [], loc: p.locFrom(start) };
}

function parseSomeIn(p: Cursor): Term {
  const term = parseInfix(p);
  const name = term.kind === 'call' ? operatorName(term.op) : undefined;
  if (name !== 'internal.member_2' && name !== 'internal.member_3') {
    p.unexpected('expected `x in xs` or `x, y in xs` expression');
  }
  return term;
}

function parseEvery(p: Cursor, start: Token): EveryExpr {
  p.next();
  const first = parseEveryVar(p);
  const second = p.takeOp(',') ? parseEveryVar(p) : undefined;
  if (!p.takeKeyword('in')) p.unexpected('expected in keyword');
  const domain = parseInfix(p);
  if (!p.takeOp('{')) p.unexpected('missing body');
  const body = parseBody(p, '}');
  p.next();
  const loc = p.locFrom(start);
  const modifiers = parseWiths(p);
  const shape = second === undefined ? { value: first } : { key: first, value: second };
  return { kind: 'every', ...shape, domain, body, negated: false, with: modifiers, loc };
}

function parseEveryVar(p: Cursor): Var {
  const at = p.token;
  const term = parseTerm(p);
  if (term.kind === 'var') return term;
  return p.fail(`unexpected ${kindName(term)} token: expected var`, at);
}
