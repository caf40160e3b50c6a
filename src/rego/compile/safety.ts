// Third pass: puts the expressions of a body into an order in which every variable is bound before it is needed,
// and reports those for which there is none.
import { bodyVars, closureVars, exprVars, termVars, type Vars } from './vars.ts';
import { outputVars, patternVars, type ArityOf } from './outputs.ts';
import { writtenName } from './scope.ts';
import {
  isWildcard,
  operatorName,
  type Body,
  type Comprehension,
  type Expr,
  type Loc,
  type Term,
} from '../ast.ts';
import type { Problems } from './errors.ts';

export class Safety {
  readonly #arityOf: ArityOf;
  readonly #problems: Problems;

  constructor(arityOf: ArityOf, problems: Problems) {
    this.#arityOf = arityOf;
    this.#problems = problems;
  }

  /** The body in a safe order, inner bodies too, and what is bound after it. */
  order(body: Body, globals: ReadonlySet<string>): { body: Expr[]; safe: Vars; failed: boolean } {
    const { ordered, safe, left } = this.#reorder(body, globals);
    if (left.size > 0) this.#report(left);
    const known = new Set(globals);
    const result = ordered.map((expr) => {
      const inner = this.#inside(expr, known);
      for (const name of exprVars(expr)) known.add(name);
      return inner;
    });
    return { body: result, safe, failed: left.size > 0 };
  }

  /** Reports variables of a term that are not bound. */
  checkTerm(term: Term, safe: ReadonlySet<string>, loc: Loc): void {
    for (const name of termVars(term)) if (!safe.has(name)) this.#unsafe(name, loc);
  }

  #reorder(body: Body, globals: ReadonlySet<string>): { ordered: Expr[]; safe: Vars; left: Map<Expr, Vars> } {
    const here = bodyVars(body);
    const safe: Vars = new Set(globals);
    const ordered: Expr[] = [];
    let waiting = body.map((expr) => ({ expr, needs: exprVars(expr), closes: closed(expr, here, globals) }));
    const left = new Map<Expr, Vars>();
    for (;;) {
      const still: typeof waiting = [];
      for (const item of waiting) {
        const missing = this.#missing(item, safe);
        if (missing.size > 0) {
          left.set(item.expr, missing);
          still.push(item);
          continue;
        }
        left.delete(item.expr);
        ordered.push(item.expr);
        for (const name of outputVars(item.expr, safe, this.#arityOf)) safe.add(name);
      }
      if (still.length === 0 || still.length === waiting.length) return { ordered, safe, left };
      waiting = still;
    }
  }

  #missing(item: { expr: Expr; needs: Vars; closes: Vars }, safe: Vars): Vars {
    const missing: Vars = new Set();
    for (const name of item.closes) if (!safe.has(name)) missing.add(name);
    if (missing.size > 0) return missing;
    const unbound = [...item.needs].filter((name) => !safe.has(name));
    if (unbound.length === 0) return missing;
    const outputs = outputVars(item.expr, safe, this.#arityOf);
    for (const name of unbound) if (!outputs.has(name)) missing.add(name);
    return missing;
  }

  #report(left: ReadonlyMap<Expr, Vars>): void {
    const places = new Map<string, Loc>();
    const derived = derivedVars([...left.keys()]);
    for (const [expr, vars] of left) {
      for (const name of vars) {
        if (derived.has(name)) continue;
        const before = places.get(name);
        if (before === undefined || expr.loc.offset < before.offset) places.set(name, expr.loc);
      }
    }
    let named = false;
    for (const [name, loc] of places) {
      if (writtenName(name) === undefined && !isWildcard(name)) continue;
      named = true;
      this.#unsafe(name, loc);
    }
    if (named) return;
    for (const expr of left.keys())
      this.#problems.add('rego_unsafe_var_error', 'expression is unsafe', expr.loc);
  }

  #unsafe(name: string, loc: Loc): void {
    this.#problems.add('rego_unsafe_var_error', `var ${writtenName(name) ?? '_'} is unsafe`, loc);
  }

  #inside(expr: Expr, known: ReadonlySet<string>): Expr {
    switch (expr.kind) {
      case 'term':
        return { ...expr, term: this.#termInside(expr.term, known) };
      case 'call':
        return { ...expr, args: expr.args.map((arg) => this.#termInside(arg, known)) };
      case 'every': {
        const inner = new Set(known);
        inner.add(expr.value.name);
        if (expr.key !== undefined) inner.add(expr.key.name);
        return { ...expr, body: this.order(expr.body, inner).body };
      }
      case 'not':
        return { ...expr, body: this.order(expr.body, known).body };
      case 'and':
      case 'or':
        return { ...expr, lhs: this.order(expr.lhs, known).body, rhs: this.order(expr.rhs, known).body };
      default:
        return expr;
    }
  }

  #termInside(term: Term, known: ReadonlySet<string>): Term {
    if (term.kind === 'array')
      return { ...term, items: term.items.map((item) => this.#termInside(item, known)) };
    return term.kind === 'comprehension' ? this.#comprehension(term, known) : term;
  }

  /** Operands of print must be known where they are shown. */
  #shownAreKnown(term: Comprehension, known: ReadonlySet<string>): boolean {
    const outputs = new Set(
      term.body.flatMap((expr) => (expr.generated === true ? [...patternVarsOf(expr)] : [])),
    );
    let all = true;
    for (const name of bodyVars(term.body)) {
      const written = writtenName(name);
      if (known.has(name) || outputs.has(name) || written === undefined) continue;
      this.#problems.add('rego_compile_error', `var ${written} is undeclared`, term.loc);
      all = false;
    }
    return all;
  }

  #comprehension(term: Comprehension, known: ReadonlySet<string>): Comprehension {
    if (term.shows === true && !this.#shownAreKnown(term, known)) return term;
    const { body, safe, failed } = this.order(term.body, known);
    if (failed) return { ...term, body };
    this.checkTerm(term.term, safe, term.loc);
    if (term.key !== undefined) this.checkTerm(term.key, safe, term.loc);
    return { ...term, body };
  }
}

/** Variables that would be bound if what they are assigned from were: not worth a message of their own. */
function derivedVars(exprs: readonly Expr[]): Vars {
  const derived: Vars = new Set();
  for (const expr of exprs) {
    const [target] = expr.kind === 'call' && expr.args.length === 2 ? expr.args : [];
    const made = expr.assigns === true || expr.generated === true;
    if (target !== undefined && made && isEquation(expr)) patternVars(target, derived);
  }
  return derived;
}

function isEquation(expr: Expr): boolean {
  return expr.kind === 'call' && operatorName(expr.op) === 'eq';
}

function patternVarsOf(expr: Expr): Vars {
  const last = expr.kind === 'call' ? expr.args.at(-1) : undefined;
  return last === undefined ? new Set() : patternVars(last);
}

function closed(expr: Expr, here: ReadonlySet<string>, globals: ReadonlySet<string>): Vars {
  const vars: Vars = new Set();
  for (const name of closureVars(expr)) if (here.has(name) && !globals.has(name)) vars.add(name);
  return vars;
}
