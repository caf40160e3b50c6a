// Template strings: `$"text {expression} text"`.
import { scalar, type Expr, type Scalar, type Term } from '../ast.ts';
import { fromJson } from '../json.ts';
import { parseLiteral } from './bodies.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

const REFUSED: Readonly<Record<string, string>> = {
  eq: "unexpected unification ('=') in template-string expression",
  assign: "unexpected assignment (':=') in template-string expression",
};

export function parseTemplate(p: Cursor): Term {
  const start = p.token;
  const parts: (Scalar | Expr)[] = [];
  for (;;) {
    const token = p.next();
    const text = literal(p, token);
    if (text !== '') parts.push(scalar(text, p.locOf(token)));
    if (token.last === true) break;
    const expr = parseLiteral(p);
    refuse(p, expr);
    parts.push(
      expr.kind === 'term' && expr.term.kind === 'scalar' && expr.with.length === 0 ? expr.term : expr,
    );
    if (p.token.kind !== 'template') p.fail('expected } to end template string expression');
  }
  return { kind: 'template', raw: start.raw === true, parts, loc: p.locFrom(start) };
}

function literal(p: Cursor, token: Token): string {
  if (token.raw === true || !token.text.includes('\\')) return token.text.toWellFormed();
  try {
    const value = fromJson(`"${token.text}"`);
    if (typeof value === 'string') return value;
  } catch {
    // the failure below names the part
  }
  return p.fail(`illegal template-string part: ${token.text}`, token);
}

function refuse(p: Cursor, expr: Expr): void {
  if (expr.negated || expr.kind === 'not')
    p.fail("unexpected negation ('not') in template-string expression", expr.loc);
  if (expr.kind === 'some' || expr.kind === 'every')
    p.fail(`unexpected '${expr.kind}' in template-string expression`, expr.loc);
  if (expr.kind !== 'call') return;
  const head = expr.op.kind === 'var' ? expr.op : expr.op.terms[0];
  const message =
    head?.kind === 'var' && (expr.op.kind === 'var' || expr.op.terms.length === 1)
      ? REFUSED[head.name]
      : undefined;
  if (message !== undefined) p.fail(message, expr.loc);
}
