// Terms: scalars, references, calls, collections, comprehensions, and the infix operators between them.
import { builtinRef, ref, scalar, variable } from '../ast.ts';
import { fromJson } from '../json.ts';
import { parseNumber, tooBig } from '../number.ts';
import { parseBody } from './bodies.ts';
import { parseTemplate } from './templates.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import type { Call, Comprehension, Loc, ObjectTerm, Ref, Term, Var } from '../ast.ts';

/** Binding strength from weakest; `in` stands below these. */
const LEVELS: readonly (readonly string[])[] = [
  ['==', '!=', '<', '>', '<=', '>='],
  ['|'],
  ['&'],
  ['+', '-'],
  ['*', '/', '%'],
];
const BUILTIN_OF: Readonly<Record<string, string>> = {
  '==': 'equal',
  '!=': 'neq',
  '<': 'lt',
  '>': 'gt',
  '<=': 'lte',
  '>=': 'gte',
  '|': 'or',
  '&': 'and',
  '+': 'plus',
  '-': 'minus',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
};

/** Operators in a row make a tree as deep as the row is long. */
const MAX_CHAIN = 500;

/** Any term with infix operators; `k, v in xs` too. */
export function parseInfix(p: Cursor, pairs = true): Term {
  return p.nested(() => parseIn(p, p.token, undefined, pairs));
}

function parseIn(p: Cursor, start: Token, first: Term | undefined, pairs: boolean): Term {
  let left = parseLevel(p, start, 0, first);
  for (;;) {
    const pair = pairs && p.isOp(',') ? parsePairIn(p, start, left) : undefined;
    if (pair !== undefined) {
      left = pair;
      continue;
    }
    if (!p.isKeyword('in')) return left;
    const op = p.next();
    const right = parseLevel(p, p.token, 0, undefined);
    left = call(builtinRef('internal.member_2', p.locOf(op)), [left, right], p.locFrom(start));
  }
}

function parsePairIn(p: Cursor, start: Token, key: Term): Term | undefined {
  return p.attempt(() => {
    p.next();
    const value = parseLevel(p, p.token, 0, undefined);
    if (!p.isKeyword('in')) p.unexpected();
    const op = p.next();
    const domain = parseLevel(p, p.token, 0, undefined);
    return call(builtinRef('internal.member_3', p.locOf(op)), [key, value, domain], p.locFrom(start));
  });
}

function parseLevel(p: Cursor, start: Token, level: number, first: Term | undefined): Term {
  const operators = LEVELS[level];
  if (operators === undefined) return first ?? parseTerm(p);
  let left = parseLevel(p, start, level + 1, first);
  for (let length = 0; p.token.kind === 'op' && operators.includes(p.token.text); length += 1) {
    if (length > MAX_CHAIN) p.fail('too many operators in one expression');
    const op = p.next();
    const right = parseLevel(p, p.token, level + 1, undefined);
    left = call(builtinRef(BUILTIN_OF[op.text] ?? op.text, p.locOf(op)), [left, right], p.locFrom(start));
  }
  return left;
}

function call(op: Ref | Var, args: readonly Term[], loc: Loc): Call {
  return { kind: 'call', op, args, loc };
}

/** One term without infix operators. */
export function parseTerm(p: Cursor): Term {
  return p.nested(() => parseOne(p));
}

function parseOne(p: Cursor): Term {
  const { token } = p;
  if (token.kind === 'op' && token.text === '-' && p.peek().kind === 'name' && isName(p, p.peek()))
    return parseMinus(p);
  const head = parsePrimary(p);
  return finishTerm(p, token, head);
}

function isName(p: Cursor, token: Token): boolean {
  return token.text === 'contains' || !p.hasKeyword(token.text);
}

/** `-x` is `0 - x`; `-1` is a number. */
function parseMinus(p: Cursor): Term {
  const minus = p.next();
  const start = p.token;
  const term = finishTerm(p, start, parsePrimary(p));
  const loc = p.locOf(minus);
  return call(builtinRef('minus', loc), [scalar(0, loc), term], p.locFrom(minus));
}

function parsePrimary(p: Cursor): Term {
  const { token } = p;
  if (token.kind === 'number') return parseNumberTerm(p, token, '');
  if (token.kind === 'string' || token.kind === 'raw') return parseString(p);
  if (token.kind === 'template') return parseTemplate(p);
  if (token.kind === 'name') return parseName(p);
  if (token.kind !== 'op') return p.unexpected();
  if (token.text === '[') return parseArray(p);
  if (token.text === '{') return parseBraces(p);
  if (token.text === '(') return parseParens(p);
  if (token.text !== '-' && token.text !== '.') return p.unexpected();
  const sign = p.takeOp('-') ? '-' : '';
  const dot = p.takeOp('.') ? '.' : '';
  if (p.token.kind !== 'number') p.unexpected('expected number');
  return parseNumberTerm(p, token, sign + dot);
}

function parseName(p: Cursor): Term {
  const { token } = p;
  const keyword = p.keyword();
  const loc = p.locOf(token);
  if (keyword === 'null' || keyword === 'true' || keyword === 'false') {
    p.next();
    return scalar(keyword === 'null' ? null : keyword === 'true', loc);
  }
  const callsOperator = (keyword === 'and' || keyword === 'or') && p.peek().text === '(' && !p.peek().spaced;
  if (keyword !== undefined && keyword !== 'contains' && !callsOperator) p.unexpected();
  return parseVar(p);
}

/** A variable; `_` becomes one of its own. */
export function parseVar(p: Cursor): Var {
  const token = p.next();
  return variable(token.text === '_' ? p.wildcard() : token.text, p.locOf(token));
}

function parseNumberTerm(p: Cursor, start: Token, prefix: string): Term {
  const { text } = p.token;
  if (!prefix.endsWith('.') && /^0\d/.test(text)) p.unexpected('expected number without leading zero');
  p.next();
  const written = (prefix + text).replace(/^(-?)\./, '$10.');
  if (tooBig(written)) p.fail('number too big', start);
  return scalar(parseNumber(written), p.locFrom(start));
}

function parseString(p: Cursor): Term {
  const token = p.next();
  const loc = p.locOf(token);
  const inner = token.text.slice(1, -1);
  if (token.kind === 'raw' || !/[\\\u0000-\u001f]/.test(inner)) return scalar(inner.toWellFormed(), loc);
  return scalar(unescape(p, token, token.text), loc);
}

function unescape(p: Cursor, token: Token, text: string): string {
  try {
    const value = fromJson(text);
    if (typeof value === 'string') return value;
  } catch {
    // the failure below names the literal
  }
  return p.fail(`illegal string literal: ${text}`, token);
}

function parseParens(p: Cursor): Term {
  p.next();
  const term = parseInfix(p);
  if (!p.takeOp(')')) {
    if (p.token.kind === 'illegal') p.unexpected();
    p.fail('non-terminated expression');
  }
  return term;
}

const REF_HEADS = new Set(['var', 'array', 'object', 'set', 'comprehension', 'call']);

/** What may follow a term with nothing between: `.name`, `[key]`, `(arguments)`. */
export function finishTerm(p: Cursor, start: Token, head: Term, inHead = false): Term {
  let term = head;
  for (;;) {
    const { token } = p;
    if (token.kind !== 'op' || (token.spaced && !(inHead && !token.newline)) || !'.[('.includes(token.text))
      break;
    if (token.text === '(') term = parseCall(p, start, term);
    else term = parseRef(p, start, term);
    if (term.kind === 'call' && p.token.spaced) break;
  }
  if (term.kind === 'var' && (term.name === 'input' || term.name === 'data')) return ref([term], term.loc);
  return term;
}

function parseRef(p: Cursor, start: Token, head: Term): Ref {
  if (!REF_HEADS.has(head.kind)) p.fail(`illegal ref (head cannot be ${kindName(head)})`, head.loc);
  const terms: Term[] = [head];
  for (;;) {
    const { token } = p;
    if (token.kind !== 'op' || token.spaced) break;
    if (token.text === '.') {
      p.next();
      if (p.token.kind !== 'name' || p.token.spaced) p.unexpected('expected ident');
      const name = p.next();
      terms.push(scalar(name.text, p.locOf(name)));
    } else if (token.text === '[') {
      p.next();
      terms.push(parseInfix(p));
      if (!p.takeOp(']')) p.unexpected('expected [');
    } else {
      break;
    }
  }
  return ref(terms, p.locFrom(start));
}

/** OPA's word for the kind of a term in messages. */
export function kindName(term: Term): string {
  if (term.kind === 'comprehension') return `${term.of}comprehension`;
  if (term.kind === 'template') return 'templatestring';
  if (term.kind !== 'scalar') return term.kind;
  if (term.value === null) return 'null';
  return typeof term.value === 'object' ? 'number' : typeof term.value;
}

function parseCall(p: Cursor, start: Token, operator: Term): Term {
  if (operator.kind !== 'var' && operator.kind !== 'ref') {
    p.fail(`illegal ref (head cannot be ${kindName(operator)})`, operator.loc);
  }
  p.next();
  const args = parseTermList(p, ')', []);
  p.next();
  const loc = p.locFrom(start);
  if (operator.kind === 'var' && operator.name === 'set' && args.length === 0)
    return { kind: 'set', items: [], loc };
  const op = operator.kind === 'var' ? ref([operator], operator.loc) : operator;
  return call(op, args, loc);
}

function parseArray(p: Cursor): Term {
  const start = p.next();
  if (p.takeOp(']')) return { kind: 'array', items: [], loc: p.locFrom(start) };
  const leading = p.takeOp(',');
  const headStart = p.token;
  const head = parseTerm(p);
  if (p.isOp('|') && !leading) {
    const comprehension = tryComprehension(p, start, ']', { of: 'array', term: head });
    if (comprehension !== undefined) return comprehension;
  }
  const items = continueList(p, headStart, head, ']');
  p.next();
  return { kind: 'array', items, loc: p.locFrom(start) };
}

/** The rest of a list whose first element's first term was read already. */
function continueList(p: Cursor, start: Token, head: Term, end: string): Term[] {
  const first = parseIn(p, start, head, false);
  if (p.isOp(end)) return [first];
  if (!p.isOp(',')) p.unexpected(`expected "," or "${end}"`);
  p.next();
  return parseTermList(p, end, [first]);
}

/** Terms up to `end`, which is left standing. A trailing comma is fine. */
function parseTermList(p: Cursor, end: string, list: Term[]): Term[] {
  while (!p.isOp(end)) {
    list.push(parseInfix(p, false));
    if (p.isOp(end)) break;
    if (!p.isOp(',')) p.unexpected(`expected "," or "${end}"`);
    p.next();
  }
  return list;
}

/**
 * `| body` after a head. When the body does not parse and a comma is where it stops, the bar was a union in a list:
 * goes back and answers undefined.
 */
function tryComprehension(
  p: Cursor,
  start: Token,
  end: string,
  shape: Pick<Comprehension, 'of' | 'term' | 'key'>,
): Comprehension | undefined {
  const { index } = p;
  const tried = p.outcome(() => {
    p.next();
    return parseBody(p, end);
  });
  if ('value' in tried) {
    p.next();
    return { kind: 'comprehension', ...shape, body: tried.value, loc: p.locFrom(start) };
  }
  if (shape.of === 'object' || !p.isOp(',')) throw tried.failure;
  p.index = index;
  return undefined;
}

function parseBraces(p: Cursor): Term {
  const start = p.next();
  if (p.takeOp('}')) return { kind: 'object', pairs: [], loc: p.locFrom(start) };
  const leading = p.takeOp(',');
  const headStart = p.token;
  let head = parseTerm(p);
  if (p.isOp('|') && !leading) {
    const comprehension = tryComprehension(p, start, '}', { of: 'set', term: head });
    if (comprehension !== undefined) return comprehension;
  }
  head = parseIn(p, headStart, head, false);
  if (p.isOp(':')) return parseObject(p, start, head, !leading);
  if (p.isOp('}')) return closeSet(p, start, [head]);
  if (!p.isOp(',')) p.unexpected('non-terminated set');
  p.next();
  return closeSet(p, start, parseTermList(p, '}', [head]));
}

function closeSet(p: Cursor, start: Token, items: readonly Term[]): Term {
  p.next();
  return { kind: 'set', items, loc: p.locFrom(start) };
}

function parseObject(p: Cursor, start: Token, key: Term, mayComprehend: boolean): Term {
  p.next();
  const valueStart = p.token;
  const value = parseTerm(p);
  if (p.isOp('|') && mayComprehend) {
    const { index } = p;
    const tried = p.outcome(() => tryComprehension(p, start, '}', { of: 'object', key, term: value }));
    if ('value' in tried && tried.value !== undefined) return tried.value;
    p.index = index;
    const loose = p.attempt(() => parsePairs(p, start, key, parseIn(p, valueStart, value, false)));
    if (loose === undefined && 'failure' in tried) throw tried.failure;
    if (loose !== undefined) return loose;
  }
  return parsePairs(p, start, key, parseIn(p, valueStart, value, false));
}

function parsePairs(p: Cursor, start: Token, key: Term, value: Term): ObjectTerm {
  const pairs: (readonly [Term, Term])[] = [[key, value]];
  while (!p.isOp('}')) {
    if (!p.isOp(',')) p.unexpected(pairs.length === 1 ? 'non-terminated object' : 'expected "," or "}"');
    p.next();
    if (p.isOp('}')) break;
    const nextKey = parseInfix(p, false);
    if (!p.takeOp(':')) p.unexpected('expected ":"');
    pairs.push([nextKey, parseInfix(p, false)]);
  }
  p.next();
  return { kind: 'object', pairs, loc: p.locFrom(start) };
}
