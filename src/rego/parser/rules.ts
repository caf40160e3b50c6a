// Rules: heads, bodies, else chains, and the statements of v0 that are rules without braces (`x = 1`, `p[1]`).
import {
  operatorName,
  scalar,
  type Body,
  type Expr,
  type Head,
  type Loc,
  type Rule,
  type Term,
} from '../ast.ts';
import { builtinNames } from '../builtins/names.ts';
import { parseBody, parseLiteral, parseStatementBody } from './bodies.ts';
import { finishTerm, kindName, parseInfix, parseVar } from './terms.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

const NAME_FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  every: [':=', '=', 'if', 'contains', '('],
  if: [':=', '=', 'if', 'contains', '('],
  in: [':=', '=', 'if', 'contains', '('],
  some: [':=', '=', 'if', 'contains', '('],
  as: [':=', '=', 'if', 'contains', '('],
  package: [':=', '=', '('],
  import: [':=', '=', '('],
  not: [':=', '=', 'if', 'contains'],
  and: [':=', '=', 'if', 'contains'],
  or: [':=', '=', 'if', 'contains'],
  contains: ['if', 'contains'],
};

/** The rules of one statement: one, or several when bodies are chained. */
export function parseRuleStatement(p: Cursor): Rule[] {
  const start = p.token;
  const keyword = p.keyword();
  if (keyword !== undefined && NAME_FOLLOWERS[keyword]?.includes(p.peek().text) === true) {
    p.fail(`${keyword} keyword cannot be used for rule name`);
  }
  if (keyword === 'default') return [parseDefault(p, start)];
  if (p.token.kind === 'name' && (keyword === undefined || keyword === 'contains')) {
    const { index } = p;
    const rules = parseRules(p, start);
    if (rules !== undefined) return rules;
    p.index = index;
  }
  return [ruleFromBody(p, parseStatementBody(p))];
}

function trueBody(loc: Loc): Body {
  return [{ kind: 'term', term: scalar(true, loc), negated: false, with: [], loc, generated: true }];
}

function parseDefault(p: Cursor, start: Token): Rule {
  p.next();
  const keyword = p.keyword();
  if (keyword !== undefined) p.fail(`${keyword} keyword cannot be used for rule name`);
  if (p.token.kind !== 'name') p.unexpected();
  const head = parseHead(p, true);
  const loc = p.locFrom(start);
  const { value } = head;
  if (value === undefined || head.generatedValue === true)
    return p.fail('illegal default rule (value cannot be var)', loc);
  const bad = findNonConstant(value);
  if (bad !== undefined) p.fail(`illegal default rule (value cannot contain ${bad})`, loc);
  checkDefaultArgs(p, head, loc);
  return { default: true, head, body: trueBody(loc), loc };
}

function findNonConstant(term: Term): string | undefined {
  if (term.kind === 'var' || term.kind === 'ref' || term.kind === 'call') return kindName(term);
  if (term.kind === 'array' || term.kind === 'set') return firstOf(term.items);
  if (term.kind === 'object') return firstOf(term.pairs.flat());
  return undefined;
}

function firstOf(terms: readonly Term[]): string | undefined {
  for (const term of terms) {
    const bad = findNonConstant(term);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function checkDefaultArgs(p: Cursor, head: Head, loc: Loc): void {
  const seen = new Set<string>();
  for (const arg of head.args ?? []) {
    if (arg.kind !== 'var')
      return p.fail(`illegal default rule (arguments cannot contain ${kindName(arg)})`, loc);
    if (seen.has(arg.name))
      return p.fail(`illegal default rule (arguments cannot be repeated ${arg.name})`, loc);
    seen.add(arg.name);
  }
}

/** A rule with a body, or nothing when the statement is not one. */
function parseRules(p: Cursor, start: Token): Rule[] | undefined {
  const parsed = p.attempt(() => parseHead(p, false));
  if (parsed === undefined) return retryHead(p);
  const usesIf = p.isKeyword('if');
  let head: Head = { ...parsed, usesIf };
  if (!head.contains && head.args === undefined && head.ref.length === 2) head = twoPartHead(head, usesIf);
  if (!usesIf && !p.isOp('{')) {
    if (!head.contains) return undefined;
    return [{ default: false, head, body: trueBody(head.loc), generatedBody: true, loc: head.loc }];
  }
  const body = usesIf ? parseIfBody(p) : parseBraced(p);
  const otherwise = p.isKeyword('else') ? parseElse(p, checkElse(p, head)) : undefined;
  const first: Rule = {
    default: false,
    head,
    body,
    ...(otherwise && { else: otherwise }),
    loc: p.locFrom(start),
  };
  return [first, ...parseChained(p, first)];
}

/** The head did not parse: as a statement it may be fine, and if not, the head's error is the one to show. */
function retryHead(p: Cursor): Rule[] | undefined {
  const { index } = p;
  const asStatement = p.attempt(() => parseStatementBody(p));
  p.index = index;
  if (asStatement !== undefined) return undefined;
  parseHead(p, false);
  return undefined;
}

function twoPartHead(head: Head, usesIf: boolean): Head {
  const [name, last] = head.ref;
  if (name === undefined || last === undefined) return head;
  if (usesIf)
    return head.value === undefined ? { ...head, value: scalar(true, head.loc), generatedValue: true } : head;
  // v0: `p[x] { … }` is a set, `p[x] = y { … }` an object.
  return head.value === undefined ? { ...head, ref: [name], key: last } : head;
}

function parseBraced(p: Cursor): Body {
  p.next();
  const body = parseBody(p, '}');
  p.next();
  return body;
}

/** After `if`: one expression, or a body in braces. `{ true }` is a body, not a set. */
function parseIfBody(p: Cursor): Body {
  p.next();
  if (!p.isOp('{')) return [parseLiteral(p)];
  const { index } = p;
  const literal = p.attempt(() => parseLiteral(p));
  if (literal !== undefined && !(literal.kind === 'term' && literal.term.kind === 'set')) return [literal];
  p.index = index;
  return parseBraced(p);
}

function checkElse(p: Cursor, head: Head): Head {
  if (head.ref.length > 1 && head.ref.slice(1).some((term) => findNonConstant(term) !== undefined)) {
    p.fail('else keyword cannot be used on rules with variables in head');
  }
  if (head.key !== undefined) p.fail('else keyword cannot be used on multi-value rules');
  return head;
}

function parseElse(p: Cursor, original: Head): Rule {
  return p.nested(() => parseElseRule(p, original));
}

function parseElseRule(p: Cursor, original: Head): Rule {
  const start = p.next();
  const { generatedValue: _, ...rest } = original;
  let head: Head = { ...rest, loc: p.locOf(start), usesIf: false };
  if (p.isOp('{') || p.isKeyword('if'))
    head = { ...head, value: scalar(true, head.loc), generatedValue: true };
  else if (p.isOp(':=') || p.isOp('='))
    head = { ...head, assign: p.next().text === ':=', value: parseInfix(p) };
  else p.unexpected('expected else value term or rule body');
  const usesIf = p.takeKeyword('if');
  head = { ...head, args: freshWildcards(p, head.args), usesIf };
  if (!usesIf && !p.isOp('{')) {
    return { default: false, head, body: trueBody(head.loc), generatedBody: true, loc: p.locFrom(start) };
  }
  if (p.done) p.unexpected('rule body expected');
  const body = p.isOp('{') ? parseBraced(p) : [parseLiteral(p)];
  const otherwise = p.isKeyword('else') ? parseElse(p, original) : undefined;
  return { default: false, head, body, ...(otherwise && { else: otherwise }), loc: p.locFrom(start) };
}

function parseChained(p: Cursor, first: Rule): Rule[] {
  const rules: Rule[] = [];
  while (p.isOp('{')) {
    if (first.else !== undefined) p.fail('expected else keyword');
    const start = p.token;
    const body = parseBraced(p);
    const loc = p.locFrom(start);
    const head: Head = { ...first.head, args: freshWildcards(p, first.head.args), loc };
    rules.push({ default: false, head, body, loc });
  }
  return rules;
}

function freshWildcards(p: Cursor, args: readonly Term[] | undefined): readonly Term[] | undefined {
  return args?.map((arg) =>
    arg.kind === 'var' && arg.name.startsWith('$') ? { ...arg, name: p.wildcard() } : arg,
  );
}

function parseHead(p: Cursor, isDefault: boolean): Head {
  const start = p.token;
  const head = finishTerm(p, start, parseVar(p), true);
  const shape = headShape(p, head);
  const name = p.source.text.slice(start.offset, p.lastEnd);
  const base = { ...shape, assign: false, contains: false, usesIf: false };
  if (p.isKeyword('contains')) {
    if (shape.args !== undefined) {
      p.unexpected(
        `the contains keyword can only be used with multi-value rule definitions (e.g., ${name} contains <VALUE> { ... })`,
      );
    }
    p.next();
    const key = parseInfix(p);
    return { ...base, key, contains: true, loc: p.locFrom(start) };
  }
  if (p.isOp('=') || p.isOp(':=')) {
    const assign = p.next().text === ':=';
    const value = parseHeadValue(p, name, shape.args !== undefined, assign, isDefault);
    return { ...base, assign, value, loc: p.locFrom(start) };
  }
  const loc = p.locFrom(start);
  if (shape.ref.length === 2 && shape.args === undefined) return { ...base, loc };
  return { ...base, value: scalar(true, loc), generatedValue: true, loc };
}

function parseHeadValue(
  p: Cursor,
  name: string,
  isFunction: boolean,
  assign: boolean,
  isDefault: boolean,
): Term {
  const value = p.attempt(() => parseInfix(p));
  if (value !== undefined) return value;
  if (p.done) {
    if (isFunction) p.unexpected(`expected function value term (e.g., ${name}(...) := <VALUE> { ... })`);
    if (isDefault) p.unexpected(`expected default rule value term (e.g., default ${name} := <VALUE>)`);
    p.unexpected(`expected rule value term (e.g., ${name} ${assign ? ':=' : '='} <VALUE> { ... })`);
  }
  return parseInfix(p);
}

function headShape(p: Cursor, head: Term): Pick<Head, 'ref' | 'args'> {
  if (head.kind === 'var') return { ref: [head] };
  if (head.kind === 'ref') return { ref: head.terms };
  if (head.kind === 'call') {
    return { ref: head.op.kind === 'var' ? [head.op] : head.op.terms, ...functionArgs(head.args) };
  }
  return p.unexpected('expected rule head name');
}

/** `f() = 1` is no function, but the rule `f = 1`. */
function functionArgs(args: readonly Term[]): { args?: readonly Term[] } {
  return args.length === 0 ? {} : { args };
}

/** What v0 allows without a body: `x = 1`, `x := 1`, `p[1]`, `p[1] = 2`, `f(x) = y`, `a.b.c`. */
function ruleFromBody(p: Cursor, body: Body): Rule {
  const [expr] = body;
  if (expr === undefined || body.length !== 1)
    return p.fail('multiple expressions cannot be used for rule head', body[0]?.loc);
  const rule = headFromExpr(p, expr);
  return {
    default: false,
    head: { ...rule, loc: expr.loc },
    body: trueBody(expr.loc),
    generatedBody: true,
    loc: expr.loc,
  };
}

function headFromExpr(p: Cursor, expr: Expr): Head {
  if (expr.with.length > 0) p.fail('expressions using with keyword cannot be used for rule head', expr.loc);
  if (expr.negated) p.fail('negated expressions cannot be used for rule head', expr.loc);
  if (expr.kind === 'some') p.fail("'some' declarations cannot be used for rule head", expr.loc);
  if (expr.kind === 'term') return headFromTerm(p, expr.term);
  if (expr.kind !== 'call') return p.fail('expression cannot be used for rule head', expr.loc);
  const name = operatorName(expr.op) ?? '';
  if (name === 'eq' || name === 'assign') return headFromEquation(p, expr, name === 'assign');
  if (builtinNames.has(name)) p.fail('rule name conflicts with built-in function', expr.loc);
  if (expr.args.length === 0) p.fail('rule argument list must take at least one argument', expr.loc);
  const ref = expr.op.kind === 'var' ? [expr.op] : expr.op.terms;
  return {
    ...plainHead(p, ref, expr.loc),
    args: expr.args,
    value: scalar(true, expr.loc),
    generatedValue: true,
  };
}

function plainHead(p: Cursor, ref: readonly Term[], loc: Loc): Head {
  if (ref[0]?.kind !== 'var') p.fail('invalid rule head', loc);
  return { ref, assign: false, contains: false, usesIf: false, loc };
}

/** In v0 without imports `p if …` reads as the statement `p`. */
function missingKeyword(p: Cursor, term: Term): string {
  const { text, row } = p.token;
  if (row !== term.loc.row || p.hasKeyword(text)) return '';
  if (text === 'if') return ' (hint: `import future.keywords.if` for `p if { ... }` rules)';
  return text === 'contains' ? ' (hint: `import future.keywords.contains` for `p contains x` rules)' : '';
}

function headFromTerm(p: Cursor, term: Term): Head {
  if (term.kind !== 'ref')
    return p.fail(`${kindName(term)} cannot be used for rule name${missingKeyword(p, term)}`, term.loc);
  if (term.terms.length === 1) return p.fail('refs cannot be used for rule head', term.loc);
  const head = plainHead(p, term.terms, term.loc);
  const [name, key] = term.terms;
  if (term.terms.length > 2 || name === undefined)
    return { ...head, value: scalar(true, term.loc), generatedValue: true };
  return { ...head, ref: [name], key };
}

function headFromEquation(p: Cursor, expr: Extract<Expr, { kind: 'call' }>, assign: boolean): Head {
  const [left, value] = expr.args;
  if (left === undefined || value === undefined) return p.fail('assignment requires two operands', expr.loc);
  if (left.kind === 'call') {
    const ref = left.op.kind === 'var' ? [left.op] : left.op.terms;
    return { ...plainHead(p, ref, expr.loc), ...functionArgs(left.args), value, assign };
  }
  if (left.kind === 'var') return { ...plainHead(p, [left], expr.loc), value, assign };
  if (left.kind === 'ref') return { ...plainHead(p, left.terms, expr.loc), value, assign };
  return p.fail(`${kindName(left)} cannot be used for rule name`, expr.loc);
}
