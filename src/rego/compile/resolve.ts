// First pass: every name becomes what it stands for. Locals get names of their own, rules and imports become
// references from `data` or `input`, `some` and `:=` disappear into equations.
import {
  callExpr,
  isWildcard,
  operatorName,
  ref,
  variable,
  type Body,
  type Expr,
  type Loc,
  type Ref,
  type Scalar,
  type Term,
  type Var,
  type With,
} from '../ast.ts';
import { Scope, type Globals, type Names } from './scope.ts';
import type { Problems } from './errors.ts';

export class Resolver {
  readonly names: Names;
  readonly problems: Problems;
  readonly #globals: Globals;

  constructor(globals: Globals, names: Names, problems: Problems) {
    this.#globals = globals;
    this.names = names;
    this.problems = problems;
  }

  /** Expressions in order; declarations hold for what comes after them. */
  body(body: Body, scope: Scope): Expr[] {
    return body.flatMap((expr) => this.expr(expr, scope));
  }

  /** A body with a scope of its own. */
  innerBody(body: Body, outer: Scope): { body: Expr[]; scope: Scope } {
    const scope = new Scope(outer);
    const resolved = this.body(body, scope);
    return { body: resolved, scope };
  }

  expr(expr: Expr, scope: Scope): Expr[] {
    const withs = expr.with.map((item) => this.#with(item, scope));
    if (expr.kind === 'some') return this.#some(expr.symbols, withs, expr.loc, scope);
    if (expr.kind === 'every') return [{ ...this.#every(expr, scope), with: withs }];
    if (expr.kind === 'term') return [{ ...expr, with: withs, term: this.term(expr.term, scope) }];
    if (expr.kind === 'not') return [{ ...expr, with: withs, body: this.#closed(expr.body, scope) }];
    if (expr.kind === 'call') return [this.#call(expr, withs, scope)];
    return [{ ...expr, with: withs, lhs: this.#closed(expr.lhs, scope), rhs: this.#closed(expr.rhs, scope) }];
  }

  #closed(body: Body, scope: Scope): Expr[] {
    const inner = this.innerBody(body, scope);
    inner.scope.checkUsed(this.problems);
    return inner.body;
  }

  #with(item: With, scope: Scope): With {
    const target = this.term(item.target, scope);
    const value = this.term(item.value, scope);
    if (target.kind === 'var' || target.kind === 'ref') return { ...item, target, value };
    return { ...item, value };
  }

  #call(expr: Extract<Expr, { kind: 'call' }>, withs: readonly With[], scope: Scope): Expr {
    if (operatorName(expr.op) === 'assign') return this.#assign(expr, withs, scope);
    const args = expr.args.map((arg) => this.term(arg, scope));
    return { ...expr, with: withs, op: this.#operator(expr.op), args };
  }

  #assign(expr: Extract<Expr, { kind: 'call' }>, withs: readonly With[], scope: Scope): Expr {
    const [left, right] = expr.args;
    if (left === undefined || right === undefined || expr.args.length !== 2) {
      this.problems.add('rego_type_error', `assign: arity mismatch`, expr.loc);
      return expr;
    }
    if (expr.negated)
      this.problems.add('rego_compile_error', 'cannot assign vars inside negated expression', expr.loc);
    const value = this.term(right, scope);
    const target = this.#declareTarget(left, expr.loc, scope, 'assign');
    return callExpr('eq', [target, value], expr.loc, { with: withs, negated: expr.negated, assigns: true });
  }

  /** The left of `:=`: variables in it are new. */
  #declareTarget(term: Term, loc: Loc, scope: Scope, kind: 'assign' | 'some'): Term {
    if (term.kind === 'var') {
      if (isWildcard(term.name)) return term;
      return { ...term, name: scope.declare(term.name, kind, term.loc, this.names, this.problems) };
    }
    const [root] = term.kind === 'ref' && term.terms.length === 1 ? term.terms : [];
    if (root?.kind === 'var') return this.#declareTarget(root, loc, scope, kind);
    if (term.kind === 'array')
      return { ...term, items: term.items.map((item) => this.#declareTarget(item, loc, scope, kind)) };
    if (term.kind === 'object') {
      const pairs = term.pairs.map(
        ([key, value]) =>
          [
            kind === 'some' ? this.#declareTarget(key, loc, scope, kind) : this.term(key, scope),
            this.#declareTarget(value, loc, scope, kind),
          ] as const,
      );
      return { ...term, pairs };
    }
    if (term.kind === 'scalar' || kind === 'some') return this.term(term, scope);
    this.problems.add(
      'rego_compile_error',
      `cannot assign to ${term.kind === 'comprehension' ? `${term.of}comprehension` : term.kind}`,
      loc,
    );
    return term;
  }

  #some(symbols: readonly Term[], withs: readonly With[], loc: Loc, scope: Scope): Expr[] {
    const [first] = symbols;
    if (first?.kind !== 'call') {
      for (const symbol of symbols) {
        if (symbol.kind === 'var') this.#declareSome(symbol, loc, scope);
      }
      return [];
    }
    const domain = this.term(first.args.at(-1) ?? first, scope);
    const given = first.args.slice(0, -1);
    const targets = given.map((term) => this.#declareTarget(term, loc, scope, 'some'));
    this.#markUsed(given, scope);
    const key = targets.length === 2 ? targets[0] : variable(this.names.temporary(), loc);
    const value = targets.at(-1);
    if (key === undefined || value === undefined) return [];
    const path = domain.kind === 'ref' ? [...domain.terms, key] : [domain, key];
    return [
      callExpr('eq', [value, { ...ref(path, first.loc), iterates: isLiteral(domain) }], loc, {
        with: withs,
      }),
    ];
  }

  #declareSome(symbol: Var, loc: Loc, scope: Scope): void {
    if (!isWildcard(symbol.name)) scope.declare(symbol.name, 'some', loc, this.names, this.problems);
  }

  /** The variables of `some x in xs` need no further use. */
  #markUsed(terms: readonly Term[], scope: Scope): void {
    for (const term of terms) {
      if (term.kind === 'var') scope.lookup(term.name);
      if (term.kind === 'array' || term.kind === 'set') this.#markUsed(term.items, scope);
      if (term.kind === 'object') this.#markUsed(term.pairs.flat(), scope);
    }
  }

  #every(expr: Extract<Expr, { kind: 'every' }>, scope: Scope): Extract<Expr, { kind: 'every' }> {
    const domain = this.term(expr.domain, scope);
    const inner = new Scope(scope);
    const declare = (item: Var): Var =>
      isWildcard(item.name)
        ? item
        : {
            ...item,
            name: inner.declare(item.name, 'every', expr.body[0]?.loc ?? item.loc, this.names, this.problems),
          };
    const key = expr.key === undefined ? undefined : declare(expr.key);
    const value = declare(expr.value);
    const body = this.#closed(expr.body, inner);
    inner.checkUsed(this.problems);
    return { ...expr, ...(key && { key }), value, domain, body };
  }

  term(term: Term, scope: Scope): Term {
    switch (term.kind) {
      case 'scalar':
        return term;
      case 'var':
        return this.#var(term, scope);
      case 'ref':
        return this.#ref(term, scope);
      case 'array':
      case 'set':
        return { ...term, items: term.items.map((item) => this.term(item, scope)) };
      case 'object':
        return {
          ...term,
          pairs: term.pairs.map(([key, value]) => [this.term(key, scope), this.term(value, scope)] as const),
        };
      case 'call':
        return {
          ...term,
          op: this.#operator(term.op),
          args: term.args.map((arg) => this.term(arg, scope)),
        };
      case 'template':
        return {
          ...term,
          parts: term.parts.flatMap((part): (Scalar | Expr)[] =>
            part.kind === 'scalar' ? [part] : this.expr(part, new Scope(scope)),
          ),
        };
      default: {
        const inner = this.innerBody(term.body, scope);
        const key = term.key === undefined ? undefined : this.term(term.key, inner.scope);
        const head = this.term(term.term, inner.scope);
        inner.scope.checkUsed(this.problems);
        return { ...term, ...(key && { key }), term: head, body: inner.body };
      }
    }
  }

  #var(term: Var, scope: Scope): Term {
    if (isWildcard(term.name)) return term;
    const local = scope.lookup(term.name);
    if (local !== undefined) return { ...term, name: local };
    const global = this.#globals.get(term.name);
    if (global !== undefined) return ref(relocated(global.terms, term.loc), term.loc);
    scope.see(term.name);
    return term;
  }

  #ref(term: Ref, scope: Scope): Term {
    const [head, ...rest] = term.terms;
    if (head === undefined) return term;
    const path = rest.map((item) => this.term(item, scope));
    if (
      head.kind === 'var' &&
      (head.name === 'data' || head.name === 'input') &&
      scope.lookup(head.name) === undefined
    ) {
      return { ...term, terms: [head, ...path] };
    }
    const first = this.term(head, scope);
    if (path.length === 0) return first;
    if (first.kind === 'ref') return { ...term, terms: [...first.terms, ...path] };
    return { ...term, terms: [first, ...path] };
  }

  /** A local hides no function: only rules and imports are looked for. */
  #operator(op: Ref | Var): Ref | Var {
    const head = op.kind === 'var' ? op : op.terms[0];
    if (head?.kind !== 'var') return op;
    const global = this.#globals.get(head.name);
    if (global === undefined) return op;
    const rest = op.kind === 'var' ? [] : op.terms.slice(1);
    return ref([...relocated(global.terms, head.loc), ...rest], op.loc);
  }
}

function relocated(terms: readonly Term[], loc: Loc): Term[] {
  return terms.map((term) => ({ ...term, loc }));
}

function isLiteral(term: Term): boolean {
  return term.kind === 'scalar' || term.kind === 'array' || term.kind === 'set' || term.kind === 'object';
}
