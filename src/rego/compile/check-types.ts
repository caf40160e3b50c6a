// Types of rules and expressions, and what cannot be: arguments no builtin takes, comparisons that never hold,
// members that are never there. Runs over flat, ordered rules; what is not known is any, and any fits everything.
import { locText, operatorName, type Body, type Expr, type Loc, type Term } from '../ast.ts';
import { builtinDeclaration } from '../builtins/table.ts';
import { isNum } from '../number.ts';
import { splitPair } from './outputs.ts';
import { writtenName } from './scope.ts';
import { functionGroup, splitPath, type Group, type RuleIr, type TreeNode } from './tree.ts';
import {
  ANY,
  BOOLEAN,
  keysOf,
  NULL,
  NUMBER,
  parseType,
  select,
  STRING,
  unifies,
  union,
  type Type,
} from './types.ts';
import { isRoot } from './vars.ts';
import type { Problems } from './errors.ts';

type Env = Map<string, Type>;

interface FunctionType {
  readonly args: readonly Type[];
  readonly result: Type;
}

export class TypeChecker {
  readonly #root: TreeNode;
  readonly #problems: Problems;
  readonly #types = new Map<Group, Type>();
  readonly #functions = new Map<Group, FunctionType>();

  constructor(root: TreeNode, problems: Problems) {
    this.#root = root;
    this.#problems = problems;
  }

  checkAll(): void {
    for (const group of this.#root.groups()) {
      if (group.kind === 'function') this.#functionType(group);
      else this.#groupType(group);
    }
  }

  checkBody(body: Body): void {
    this.#body(body, new Map());
  }

  #groupType(group: Group): Type {
    const known = this.#types.get(group);
    if (known !== undefined) return known;
    const rules = [...group.rules, ...(group.default ? [group.default] : [])].flatMap(withElse);
    const types = rules.map((rule) => this.#ruleType(rule));
    const type = types.length === 0 ? ANY : union(types);
    this.#types.set(group, type);
    return type;
  }

  #ruleType(rule: RuleIr): Type {
    const env: Env = new Map();
    this.#body(rule.body, env);
    const value =
      rule.key === undefined ? (rule.value === undefined ? BOOLEAN : this.#term(rule.value, env)) : undefined;
    const member = rule.key === undefined ? undefined : this.#term(rule.key, env);
    let type: Type = value ?? { kind: 'set', of: member ?? ANY };
    for (const part of rule.suffix.toReversed()) {
      const key = this.#term(part, env);
      type = { kind: 'object', members: new Map(), key, value: type };
    }
    return type;
  }

  #functionType(group: Group): FunctionType {
    const known = this.#functions.get(group);
    if (known !== undefined) return known;
    const rules = [...group.rules, ...(group.default ? [group.default] : [])].flatMap(withElse);
    const args: Type[][] = Array.from({ length: group.arity }, () => []);
    const results: Type[] = [];
    for (const rule of rules) {
      const env: Env = new Map();
      this.#body(rule.body, env);
      rule.args.forEach((arg, index) => args[index]?.push(this.#term(arg, env)));
      results.push(rule.value === undefined ? BOOLEAN : this.#term(rule.value, env));
    }
    const type = { args: args.map((list) => union(list)), result: union(results) };
    this.#functions.set(group, type);
    return type;
  }

  #body(body: Body, env: Env): void {
    for (const expr of body) this.#expr(expr, env);
  }

  #expr(expr: Expr, env: Env): void {
    switch (expr.kind) {
      case 'term':
        this.#term(expr.term, env);
        return;
      case 'call':
        return this.#call(expr, env);
      case 'every':
        return this.#every(expr, env);
      case 'not':
        return this.#body(expr.body, new Map(env));
      case 'and':
      case 'or':
        this.#body(expr.lhs, new Map(env));
        return this.#body(expr.rhs, new Map(env));
      default:
        return;
    }
  }

  #every(expr: Extract<Expr, { kind: 'every' }>, env: Env): void {
    const domain = this.#term(expr.domain, env);
    const inner = new Map(env);
    inner.set(expr.value.name, select(domain, undefined, ANY) ?? ANY);
    if (expr.key !== undefined) inner.set(expr.key.name, keysOf(domain));
    this.#body(expr.body, inner);
  }

  #call(expr: Extract<Expr, { kind: 'call' }>, env: Env): void {
    const name = operatorName(expr.op) ?? '';
    const [left, right] = expr.args;
    if (
      (name === 'eq' || name === 'equal') &&
      expr.args.length === 2 &&
      left !== undefined &&
      right !== undefined
    ) {
      if (!this.#unify(left, right, env) && expr.with.length === 0) this.#problem('match error', expr.loc);
      return;
    }
    const group = functionGroup(this.#root, expr.op);
    const declared = group?.kind === 'function' ? this.#functionType(group) : this.#builtinType(name);
    if (declared === undefined) {
      for (const arg of expr.args) this.#term(arg, env);
      return;
    }
    const fits = declared.args
      .map((type, index) => this.#argument(expr.args[index], type, env))
      .every(Boolean);
    if (!fits && expr.with.length === 0)
      this.#problem(`${group?.name ?? name}: invalid argument(s)`, expr.loc);
    const output = expr.args[declared.args.length];
    const agrees = output === undefined || this.#assign(output, declared.result, env);
    if (!agrees && expr.with.length === 0) this.#problem('match error', expr.loc);
  }

  #builtinType(name: string): FunctionType | undefined {
    const declaration = builtinDeclaration(name);
    if (declaration === undefined || name.startsWith('internal.')) return undefined;
    return { args: declaration.args.map(parseType), result: parseType(declaration.result) };
  }

  #argument(term: Term | undefined, wanted: Type, env: Env): boolean {
    if (term === undefined) return true;
    if (term.kind === 'var' && !env.has(term.name)) {
      env.set(term.name, wanted);
      return true;
    }
    if (term.kind === 'object' || term.kind === 'array' || term.kind === 'set')
      return this.#literalFits(term, wanted, env);
    return unifies(this.#term(term, env), wanted);
  }

  /** Every part of a literal must fit; a literal object need not have every member of what is wanted. */
  #literalFits(term: Term, wanted: Type, env: Env): boolean {
    if (wanted.kind === 'union') return wanted.options.some((item) => this.#literalFits(term, item, env));
    if (term.kind === 'set' && wanted.kind === 'set') {
      const of = wanted.of ?? ANY;
      return term.items.every((item) => this.#argument(item, of, env));
    }
    if (term.kind === 'array' && wanted.kind === 'array') {
      if (wanted.rest === undefined && wanted.items.length !== term.items.length) return false;
      return term.items.every((item, index) =>
        this.#argument(item, wanted.items[index] ?? wanted.rest ?? ANY, env),
      );
    }
    if (term.kind !== 'object' || wanted.kind !== 'object') return unifies(this.#term(term, env), wanted);
    return term.pairs.every(([key, value]) => {
      const member = select(wanted, constantKey(key), this.#term(key, env));
      return member !== undefined && this.#argument(value, member, env);
    });
  }

  /** Gives the variables of both sides types; false when the sides cannot be equal. */
  #unify(left: Term, right: Term, env: Env): boolean {
    const parts = splitPair(left, right);
    if (parts !== undefined) return parts.every(([a, b]) => this.#unify(a, b, env));
    if (isFree(left, env)) return this.#assign(left, this.#term(right, env), env);
    if (isFree(right, env)) return this.#assign(right, this.#term(left, env), env);
    const [a, b] = [this.#term(left, env), this.#term(right, env)];
    return this.#assign(left, b, env) && this.#assign(right, a, env) && unifies(a, b);
  }

  /** Binds the free variables of a pattern to the parts of a type; false when it cannot match. */
  #assign(pattern: Term, type: Type, env: Env): boolean {
    if (pattern.kind === 'var') {
      const known = env.get(pattern.name);
      if (known !== undefined) return unifies(known, type);
      env.set(pattern.name, type);
      return true;
    }
    if (pattern.kind === 'array') {
      if (!unifies({ kind: 'array', items: pattern.items.map(() => ANY) }, type)) return false;
      return pattern.items
        .map((item, index) => this.#assign(item, select(type, index, NUMBER) ?? ANY, env))
        .every(Boolean);
    }
    if (pattern.kind !== 'object') return unifies(this.#term(pattern, env), type);
    const shapes =
      type.kind === 'union'
        ? type.options.some((item) => item.kind === 'object' || item.kind === 'any')
        : type.kind === 'object' || type.kind === 'any';
    if (!shapes) return false;
    return pattern.pairs
      .map(([key, value]) =>
        this.#assign(value, select(type, constantKey(key), this.#term(key, env)) ?? ANY, env),
      )
      .every(Boolean);
  }

  #term(term: Term, env: Env): Type {
    switch (term.kind) {
      case 'scalar':
        return scalarType(term.value);
      case 'var':
        return env.get(term.name) ?? ANY;
      case 'array':
        return { kind: 'array', items: term.items.map((item) => this.#term(item, env)) };
      case 'set':
        return term.items.length === 0
          ? { kind: 'set' }
          : { kind: 'set', of: union(term.items.map((item) => this.#term(item, env))) };
      case 'object':
        return this.#object(term, env);
      case 'comprehension':
        return this.#comprehension(term, env);
      case 'ref':
        return this.#ref(term, env);
      default:
        return ANY;
    }
  }

  #object(term: Extract<Term, { kind: 'object' }>, env: Env): Type {
    const members = new Map<string, Type>();
    const keys: Type[] = [];
    const values: Type[] = [];
    for (const [key, value] of term.pairs) {
      const constant = constantKey(key);
      if (typeof constant === 'string') members.set(constant, this.#term(value, env));
      else {
        keys.push(this.#term(key, env));
        values.push(this.#term(value, env));
      }
    }
    return keys.length === 0
      ? { kind: 'object', members }
      : { kind: 'object', members, key: union(keys), value: union(values) };
  }

  #comprehension(term: Extract<Term, { kind: 'comprehension' }>, env: Env): Type {
    const inner = new Map(env);
    this.#body(term.body, inner);
    const of = this.#term(term.term, inner);
    if (term.of === 'array') return { kind: 'array', items: [], rest: of };
    if (term.of === 'set') return { kind: 'set', of };
    return {
      kind: 'object',
      members: new Map(),
      key: term.key ? this.#term(term.key, inner) : ANY,
      value: of,
    };
  }

  #ref(term: Extract<Term, { kind: 'ref' }>, env: Env): Type {
    const [head, ...path] = term.terms;
    if (head?.kind !== 'var') return ANY;
    if (head.name === 'data') return this.#dataRef(term, path, env);
    const start = head.name === 'input' ? ANY : (env.get(head.name) ?? ANY);
    return this.#path(term, start, path, env);
  }

  #dataRef(term: Extract<Term, { kind: 'ref' }>, path: readonly Term[], env: Env): Type {
    let node = this.#root;
    for (const [index, name] of splitPath(path).fixed.entries()) {
      const child = node.children.get(name);
      if (child === undefined) break;
      node = child;
      if (node.group === undefined || node.group.kind === 'function') continue;
      const type = node.children.size > 0 ? ANY : this.#groupType(node.group);
      return this.#path(term, type, path.slice(index + 1), env);
    }
    const inside = node !== this.#root && node.path().length === path.length && node.group === undefined;
    if (inside) return { kind: 'object', members: new Map(), key: ANY, value: ANY };
    return this.#path(term, ANY, path, env);
  }

  #path(term: Extract<Term, { kind: 'ref' }>, start: Type, path: readonly Term[], env: Env): Type {
    let type = start;
    for (const part of path) {
      const free = part.kind === 'var' && !env.has(part.name);
      const keyType = free ? ANY : this.#term(part, env);
      const found = select(type, constantKey(part), keyType);
      if (found === undefined) {
        if (term.iterates === true) return ANY;
        this.#problem(`undefined ref: ${refText(term)}`, term.loc);
        return ANY;
      }
      if (part.kind === 'var' && free) env.set(part.name, keysOf(type));
      type = found;
    }
    return type;
  }

  #problem(message: string, loc: Loc): void {
    this.#problems.add('rego_type_error', message, loc);
  }
}

function withElse(rule: RuleIr): RuleIr[] {
  return rule.else === undefined ? [rule] : [rule, ...withElse(rule.else)];
}

function isFree(term: Term, env: Env): boolean {
  return term.kind === 'var' && !env.has(term.name);
}

function scalarType(value: Extract<Term, { kind: 'scalar' }>['value']): Type {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOLEAN;
  return isNum(value) ? NUMBER : STRING;
}

function constantKey(term: Term): string | number | undefined {
  if (term.kind !== 'scalar') return undefined;
  return typeof term.value === 'string' || typeof term.value === 'number' ? term.value : undefined;
}

/** A reference as it was written, with rules by their full path. */
function refText(term: Extract<Term, { kind: 'ref' }>): string {
  return term.terms
    .map((part, index) => {
      if (part.kind === 'var') {
        const name = writtenName(part.name) ?? (part.name.startsWith('$') ? '_' : locText(part.loc));
        return index === 0 || isRoot(part.name) ? name : `[${name}]`;
      }
      if (part.kind === 'scalar' && typeof part.value === 'string')
        return /^[A-Za-z_]\w*$/.test(part.value) ? `.${part.value}` : `[${JSON.stringify(part.value)}]`;
      return `[${locText(part.loc)}]`;
    })
    .join('');
}
