// Rules may not depend on themselves.
import type { Group, RuleIr, TreeNode } from './tree.ts';
import { walkBody, walkTerm, type Visitor } from './walk.ts';
import type { Term } from '../ast.ts';
import type { Problems } from './errors.ts';

export function checkRecursion(root: TreeNode, problems: Problems): void {
  const graph = new Map<Group, Set<Group>>();
  for (const group of root.groups()) graph.set(group, dependencies(root, group));
  const state = new Map<Group, 'open' | 'done'>();
  for (const group of graph.keys()) visit(group, graph, state, [], problems);
}

function visit(
  group: Group,
  graph: ReadonlyMap<Group, Set<Group>>,
  state: Map<Group, 'open' | 'done'>,
  path: Group[],
  problems: Problems,
): void {
  if (state.get(group) === 'done') return;
  if (state.get(group) === 'open') {
    const cycle = [...path.slice(path.indexOf(group)), group].map((item) => item.name);
    for (const item of path.slice(path.indexOf(group))) {
      const at = cycle.indexOf(item.name);
      const turned = [...cycle.slice(at, -1), ...cycle.slice(0, at), item.name];
      problems.add(
        'rego_recursion_error',
        `rule ${item.name} is recursive: ${turned.join(' -> ')}`,
        item.loc,
      );
    }
    return;
  }
  state.set(group, 'open');
  path.push(group);
  for (const next of graph.get(group) ?? []) visit(next, graph, state, path, problems);
  path.pop();
  state.set(group, 'done');
}

function dependencies(root: TreeNode, group: Group): Set<Group> {
  const found = new Set<Group>();
  const visitor: Visitor = {
    expr: (expr) => {
      if (expr.kind === 'call') collect(root, expr.op, found);
      for (const item of expr.with) if (item.mock !== undefined) collectName(root, item.mock, found);
    },
    term: (term) => {
      if (term.kind === 'call') collect(root, term.op, found);
      else collect(root, term, found);
    },
  };
  for (const rule of [...group.rules, ...(group.default ? [group.default] : [])]) walkRule(rule, visitor);
  return found;
}

function walkRule(rule: RuleIr, visitor: Visitor): void {
  walkBody(rule.body, visitor);
  for (const term of [...rule.args, ...rule.suffix, rule.key, rule.value])
    if (term !== undefined) walkTerm(term, visitor);
  if (rule.else !== undefined) walkRule(rule.else, visitor);
}

function collectName(root: TreeNode, name: string, found: Set<Group>): void {
  const group = name.startsWith('data.') ? root.find(name.split('.').slice(1))?.group : undefined;
  if (group !== undefined) found.add(group);
}

/** The groups a reference can reach: those on its path, or below where it ends. */
function collect(root: TreeNode, term: Term, found: Set<Group>): void {
  if (term.kind !== 'ref' || term.terms[0]?.kind !== 'var' || term.terms[0].name !== 'data') return;
  descend(root, term.terms.slice(1), found);
}

function descend(node: TreeNode, path: readonly Term[], found: Set<Group>): void {
  if (node.group !== undefined) found.add(node.group);
  const [part, ...rest] = path;
  if (part === undefined) {
    for (const group of node.groups()) found.add(group);
  } else if (part.kind !== 'scalar') {
    for (const child of node.children.values()) descend(child, rest, found);
  } else if (typeof part.value === 'string') {
    const child = node.children.get(part.value);
    if (child !== undefined) descend(child, rest, found);
  }
}
