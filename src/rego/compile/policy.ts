// Compiles modules: from syntax trees to a tree of rules that the planner turns into code.
import { isWildcard, ref, scalar, type Expr, type Module, type Ref, type Rule, type Term } from '../ast.ts';
import { Problems } from './errors.ts';
import { Flattener } from './flatten.ts';
import { Resolver } from './resolve.ts';
import { Names, Scope, type Globals } from './scope.ts';
import { Safety } from './safety.ts';
import { checkCalls } from './calls.ts';
import { TypeChecker } from './check-types.ts';
import { checkRecursion } from './recursion.ts';
import { kindOf, packagePath, pathName, splitPath, TreeNode, type Group, type RuleIr } from './tree.ts';
import { builtinArity } from '../builtins/table.ts';

export interface Compiled {
  readonly root: TreeNode;
  readonly names: Names;
}

interface Pending {
  readonly group: Group;
  readonly resolver: Resolver;
  readonly rule: Rule;
  readonly rest: readonly Term[];
}

/** Throws RegoErrors. */
export function compileModules(modules: readonly Module[], allowed: (name: string) => boolean): Compiled {
  const problems = new Problems();
  const names = new Names();
  const root = new TreeNode('data');
  const pending: Pending[] = [];
  for (const module of modules) root.descend(packagePath(module.package)).isPackage = true;
  for (const module of modules) {
    const resolver = new Resolver(moduleGlobals(module, modules), names, problems);
    for (const rule of module.rules) register(root, module, rule, resolver, pending, problems);
  }
  checkConflicts(root, problems);
  markDocuments(root);
  problems.raise();
  const arityOf = (name: string): number | undefined => functionArity(root, name);
  const flattener = new Flattener(names, (name) => functionArity(root, name) !== undefined);
  const safety = new Safety(arityOf, problems);
  const resolved = pending.map((item) => ({
    ...item,
    resolved: resolveRule(item.resolver, item.rule, item.rest),
  }));
  problems.raise();
  for (const item of resolved) checkCalls(root, item.resolved, allowed, problems);
  problems.raise();
  for (const item of resolved) {
    const ir = finishRule(item.resolved, flattener, safety);
    if (item.rule.default) item.group.default = ir;
    else item.group.rules.push(ir);
  }
  problems.raise();
  checkRecursion(root, problems);
  problems.raise();
  new TypeChecker(root, problems).checkAll();
  problems.raise();
  return { root, names };
}

/** Operands of a function by its dotted name, a builtin's or a rule's. */
export function functionArity(root: TreeNode, name: string): number | undefined {
  if (name.startsWith('data.')) {
    const group = root.find(name.split('.').slice(1))?.group;
    return group?.kind === 'function' ? group.arity : undefined;
  }
  return builtinArity(name);
}

/** What free names mean in a module: rules of its package in any module, and its own imports. */
export function moduleGlobals(
  module: Pick<Module, 'package' | 'imports'>,
  modules: readonly Module[],
): Globals {
  const globals = new Map<string, Ref>();
  const path = packagePath(module.package).join('\0');
  for (const other of modules) {
    if (packagePath(other.package).join('\0') !== path) continue;
    for (const rule of other.rules) {
      const [head] = rule.head.ref;
      if (head?.kind === 'var')
        globals.set(head.name, ref([...module.package.terms, scalar(head.name, head.loc)], head.loc));
    }
  }
  for (const imported of module.imports) {
    const root = imported.path.terms[0];
    if (root?.kind !== 'var' || root.name === 'future' || root.name === 'rego') continue;
    const last = imported.path.terms.at(-1);
    const name =
      imported.alias ??
      (last?.kind === 'scalar' ? String(last.value) : last?.kind === 'var' ? last.name : '');
    globals.set(name, imported.path);
  }
  return globals;
}

function register(
  root: TreeNode,
  module: Module,
  rule: Rule,
  resolver: Resolver,
  pending: Pending[],
  problems: Problems,
): void {
  const [head, ...tail] = rule.head.ref;
  if (head?.kind !== 'var') return;
  const { fixed, rest } = splitPath(tail);
  const path = [...packagePath(module.package), head.name, ...fixed];
  const node = root.descend(path);
  const kind = kindOf(rule, rest);
  const { group: known } = node;
  const size = rule.head.args?.length ?? 0;
  if (known === undefined) {
    node.group = { name: pathName(path), node, kind, arity: size, rules: [], loc: rule.loc };
  } else if (!compatible(known, kind, size)) {
    problems.add('rego_type_error', `conflicting rules ${known.name} found`, known.loc);
    return;
  }
  const { group } = node;
  if (group === undefined) return;
  if (group.kind === 'complete' && kind === 'object') group.kind = 'object';
  if (rule.default) {
    if (pending.some((item) => item.group === group && item.rule.default)) {
      problems.add('rego_type_error', `multiple default rules ${group.name} found`, rule.loc);
    }
  }
  pending.push({ group, resolver, rule, rest });
}

function compatible(group: Group, kind: Group['kind'], size: number): boolean {
  if (group.kind === 'function' || kind === 'function') return group.kind === kind && group.arity === size;
  return group.kind === kind;
}

function checkConflicts(root: TreeNode, problems: Problems): void {
  for (const group of root.groups()) {
    const { node } = group;
    if (node.isPackage) {
      problems.add(
        'rego_type_error',
        `package ${node.path().join('.')} conflicts with rule ${group.name}`,
        group.loc,
      );
    }
    if (group.kind === 'object' || node.children.size === 0) continue;
    const below = [...node.groups()].filter((other) => other !== group);
    const list = below.map((other) => `\n  rule ${other.name} at ${other.loc.source.name}:${other.loc.row}`);
    if (list.length > 0)
      problems.add('rego_type_error', `rule ${group.name} conflicts with:${list.join('')}`, group.loc);
  }
}

function markDocuments(node: TreeNode): boolean {
  let found =
    node.isPackage || (node.group === undefined ? node.children.size > 0 : node.group.kind !== 'function');
  for (const child of node.children.values()) found = markDocuments(child) || found;
  node.hasDocuments = found;
  return found;
}

/** A rule with everything resolved and nothing flattened yet. */
export interface ResolvedRule {
  readonly args: readonly Term[];
  readonly suffix: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
  readonly body: readonly Expr[];
  readonly else?: ResolvedRule;
  readonly source: Rule;
}

function resolveRule(resolver: Resolver, rule: Rule, rest: readonly Term[]): ResolvedRule {
  const scope = new Scope();
  for (const arg of rule.head.args ?? []) checkShadow(arg, resolver);
  const args = (rule.head.args ?? []).map((arg) => declareArgs(arg, scope, resolver));
  const body = resolver.body(rule.body, scope);
  const key = rule.head.key && resolver.term(rule.head.key, scope);
  const value = rule.head.value && resolver.term(rule.head.value, scope);
  const suffix = rest.map((term) => resolver.term(term, scope));
  scope.checkUsed(resolver.problems);
  const otherwise = rule.else && resolveRule(resolver, rule.else, rest);
  return {
    args: args.map((arg) => resolver.term(arg, scope)),
    suffix,
    ...(key && { key }),
    ...(value && { value }),
    body,
    ...(otherwise && { else: otherwise }),
    source: rule,
  };
}

function checkShadow(arg: Term, { problems }: Resolver): void {
  const [head] = arg.kind === 'ref' ? arg.terms : [];
  if (arg.kind !== 'ref' || arg.terms.length !== 1 || head?.kind !== 'var') return;
  problems.add(
    'rego_compile_error',
    `args must not shadow ${head.name} (use a different variable name)`,
    arg.loc,
  );
}

/** Variables of parameters are locals of the rule; one used twice means the same value twice. */
function declareArgs(arg: Term, scope: Scope, resolver: Resolver): Term {
  if (arg.kind === 'var' && !isWildcard(arg.name) && scope.lookup(arg.name) === undefined) {
    scope.declare(arg.name, 'arg', arg.loc, resolver.names, resolver.problems);
  }
  if (arg.kind === 'array' || arg.kind === 'set')
    for (const item of arg.items) declareArgs(item, scope, resolver);
  if (arg.kind === 'object') for (const [, value] of arg.pairs) declareArgs(value, scope, resolver);
  return arg;
}

function finishRule(rule: ResolvedRule, flattener: Flattener, safety: Safety): RuleIr {
  const body: Expr[] = [];
  const args = rule.args.map((arg) => flattener.simple(arg, body));
  body.push(...flattener.body(rule.body));
  const suffix = rule.suffix.map((term) => flattener.simple(term, body));
  const key = rule.key && flattener.simple(rule.key, body);
  const value = rule.value && flattener.simple(rule.value, body);
  const globals = new Set(args.flatMap((arg) => [...argVars(arg)]));
  const ordered = safety.order(body, globals);
  const { loc } = rule.source;
  for (const term of ordered.failed ? [] : [...suffix, key, value])
    if (term !== undefined) safety.checkTerm(term, ordered.safe, term.loc);
  const otherwise = rule.else && finishRule(rule.else, flattener, safety);
  return {
    args,
    suffix,
    ...(key && { key }),
    ...(value && { value }),
    body: ordered.body,
    ...(otherwise && { else: otherwise }),
    loc,
  };
}

function argVars(term: Term, into = new Set<string>()): Set<string> {
  if (term.kind === 'var') into.add(term.name);
  if (term.kind === 'array') for (const item of term.items) argVars(item, into);
  if (term.kind === 'object') for (const [, value] of term.pairs) argVars(value, into);
  return into;
}
