// Second pass: nested calls and references become equations of their own, so that an expression holds only
// variables, scalars, collections of those, and at its top one reference or comprehension.
import {
  builtinRef,
  callExpr,
  operatorName,
  scalar,
  variable,
  type Body,
  type Call,
  type Comprehension,
  type Expr,
  type Loc,
  type Ref,
  type Scalar,
  type Term,
  type Var,
  type With,
} from '../ast.ts';
import type { Names } from './scope.ts';

/** Calls that compare or unify two operands in place: their references stay where they are. */
const EQUATIONS = new Set(['eq', 'equal']);

export class Flattener {
  readonly #names: Names;

  readonly #isFunction: (name: string) => boolean;
  /** What is being flattened stands in a negated expression, not inside a call in it. */
  #underNot = false;

  constructor(names: Names, isFunction: (name: string) => boolean) {
    this.#names = names;
    this.#isFunction = isFunction;
  }

  body(body: Body): Expr[] {
    const out: Expr[] = [];
    for (const expr of body) this.#expr(expr, out);
    return out;
  }

  /** A term that needs no evaluation; what it takes is appended to `out`. */
  simple(term: Term, out: Expr[]): Term {
    return this.#term(term, out, [], false);
  }

  #expr(expr: Expr, out: Expr[]): void {
    const outer = this.#underNot;
    this.#underNot = expr.negated;
    this.#flatExpr(expr, out);
    this.#underNot = outer;
  }

  #flatExpr(expr: Expr, out: Expr[]): void {
    const withs = expr.with.map((item) => this.#with(item, out));
    switch (expr.kind) {
      case 'term':
        if (expr.term.kind === 'call' || expr.term.kind === 'template') {
          out.push({ ...expr, with: withs, term: this.#term(expr.term, out, withs, false) });
        } else {
          out.push({ ...expr, with: withs, term: this.#term(expr.term, out, withs, true) });
        }
        return;
      case 'call':
        return this.#callExpr(expr, withs, out);
      case 'every': {
        const domain = this.#term(expr.domain, out, withs, false);
        out.push({ ...expr, with: withs, domain, body: this.body(expr.body) });
        return;
      }
      case 'not':
        out.push({ ...expr, with: withs, body: this.body(expr.body) });
        return;
      case 'and':
      case 'or':
        out.push({ ...expr, with: withs, lhs: this.body(expr.lhs), rhs: this.body(expr.rhs) });
        return;
      default:
        return;
    }
  }

  #with(item: With, out: Expr[]): With {
    const target = operatorName(item.target);
    const stand =
      item.value.kind === 'var' || item.value.kind === 'ref' ? operatorName(item.value) : undefined;
    if (target !== undefined && stand !== undefined && this.#isFunction(target) && this.#isFunction(stand)) {
      return { ...item, value: scalar(null, item.value.loc), mock: stand };
    }
    return { ...item, value: this.#term(item.value, out, [], false) };
  }

  #callExpr(expr: Extract<Expr, { kind: 'call' }>, withs: readonly With[], out: Expr[]): void {
    const name = operatorName(expr.op) ?? '';
    if (name === 'print') return this.#print(expr, withs, out);
    const [left, right] = expr.args;
    if (!EQUATIONS.has(name) || expr.args.length !== 2 || left === undefined || right === undefined) {
      const args = expr.args.map((arg) => this.#term(arg, out, withs, false));
      out.push({ ...expr, with: withs, args });
      return;
    }
    const direct = this.#directCall(left, right, out, withs, expr, name);
    if (direct !== undefined) {
      out.push(direct);
      return;
    }
    const args = [this.#term(left, out, withs, true), this.#term(right, out, withs, true)];
    out.push({ ...expr, with: withs, args });
  }

  /** `x = f(y)` is the call with x as its output. */
  #directCall(
    left: Term,
    right: Term,
    out: Expr[],
    withs: readonly With[],
    expr: Expr,
    name: string,
  ): Expr | undefined {
    if (name !== 'eq' || expr.negated || left.kind !== 'var' || right.kind !== 'call') return undefined;
    const args = right.args.map((arg) => this.#term(arg, out, withs, false));
    return { kind: 'call', op: right.op, args: [...args, left], negated: false, with: withs, loc: right.loc };
  }

  /** Each operand of print may be undefined or have several values: it becomes a set of them. */
  #print(expr: Extract<Expr, { kind: 'call' }>, withs: readonly With[], out: Expr[]): void {
    const sets = expr.args.map((arg) => this.#valuesOf(arg));
    const list: Term = { kind: 'array', items: sets, loc: expr.loc };
    out.push({ ...expr, with: withs, op: builtinRef('internal.print', expr.loc), args: [list] });
  }

  #valuesOf(term: Term): Term {
    if (term.kind === 'scalar') return { kind: 'set', items: [term], loc: term.loc };
    const value = variable(this.#names.temporary(), term.loc);
    const body = this.body([callExpr('eq', [value, term], term.loc)]);
    return { kind: 'comprehension', of: 'set', term: value, body, shows: true, loc: term.loc };
  }

  #bind(term: Term, out: Expr[], withs: readonly With[]): Var {
    const local = variable(this.#names.temporary(), term.loc);
    out.push(
      callExpr('eq', [local, term], term.loc, { with: withs, generated: true, underNot: this.#underNot }),
    );
    return local;
  }

  #term(term: Term, out: Expr[], withs: readonly With[], top: boolean): Term {
    switch (term.kind) {
      case 'scalar':
      case 'var':
        return term;
      case 'ref': {
        const flat = this.#ref(term, out, withs);
        return top ? flat : this.#bind(flat, out, withs);
      }
      case 'array':
      case 'set':
        return { ...term, items: term.items.map((item) => this.#term(item, out, withs, false)) };
      case 'object':
        return {
          ...term,
          pairs: term.pairs.map(
            ([key, value]) =>
              [this.#term(key, out, withs, false), this.#term(value, out, withs, false)] as const,
          ),
        };
      case 'call':
        return this.#call(term, out, withs);
      case 'template':
        return this.#template(term.parts, term.loc, out, withs);
      default: {
        const flat = this.#comprehension(term);
        return top ? flat : this.#bind(flat, out, withs);
      }
    }
  }

  #ref(term: Ref, out: Expr[], withs: readonly With[]): Ref {
    const [head, ...path] = term.terms;
    if (head === undefined) return term;
    const first = head.kind === 'var' ? head : this.#headVar(head, out, withs);
    return { ...term, terms: [first, ...path.map((item) => this.#term(item, out, withs, false))] };
  }

  #headVar(head: Term, out: Expr[], withs: readonly With[]): Var {
    const flat = this.#term(head, out, withs, true);
    return flat.kind === 'var' ? flat : this.#bind(flat, out, withs);
  }

  #call(term: Call, out: Expr[], withs: readonly With[]): Var {
    const outer = this.#underNot;
    this.#underNot = false;
    const args = term.args.map((arg) => this.#term(arg, out, withs, false));
    this.#underNot = outer;
    const result = variable(this.#names.temporary(), term.loc);
    out.push({
      kind: 'call',
      op: term.op,
      args: [...args, result],
      negated: false,
      with: withs,
      loc: term.loc,
      generated: true,
    });
    return result;
  }

  #template(parts: readonly (Scalar | Expr)[], loc: Loc, out: Expr[], withs: readonly With[]): Term {
    if (parts.length === 0) return scalar('', loc);
    const items = parts.map((part): Term => {
      if (part.kind === 'scalar') return part;
      const value = variable(this.#names.temporary(), part.loc);
      const body = this.body([{ ...valueEquation(value, part), with: part.with }]);
      return { kind: 'comprehension', of: 'set', term: value, body, loc: part.loc };
    });
    const list: Term = { kind: 'array', items, loc };
    const result = variable(this.#names.temporary(), loc);
    const op = builtinRef('internal.template_string', loc);
    out.push({ kind: 'call', op, args: [list, result], negated: false, with: withs, loc, generated: true });
    return result;
  }

  #comprehension(term: Comprehension): Comprehension {
    const outer = this.#underNot;
    this.#underNot = false;
    const flat = this.#flatComprehension(term);
    this.#underNot = outer;
    return flat;
  }

  #flatComprehension(term: Comprehension): Comprehension {
    const body = this.body(term.body);
    const key = term.key === undefined ? undefined : this.simple(term.key, body);
    return { ...term, ...(key && { key }), term: this.simple(term.term, body), body };
  }
}

function valueEquation(value: Var, part: Expr): Expr {
  if (part.kind === 'call') {
    const call: Call = { kind: 'call', op: part.op, args: part.args, loc: part.loc };
    return callExpr('eq', [value, call], part.loc);
  }
  if (part.kind === 'term') return callExpr('eq', [value, part.term], part.loc);
  return part;
}
