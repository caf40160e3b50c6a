// Rules may not depend on themselves.
import { splitPath, type Group, type RuleIr, type TreeNode } from './tree.ts';
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

/** The groups a reference can reach: those on its path, or below where its constant part ends. */
function collect(root: TreeNode, term: Term, found: Set<Group>): void {
  if (term.kind !== 'ref' || term.terms[0]?.kind !== 'var' || term.terms[0].name !== 'data') return;
  const { fixed, rest } = splitPath(term.terms.slice(1));
  let node: TreeNode | undefined = root;
  for (const name of fixed) {
    node = node.children.get(name);
    if (node === undefined) return;
    if (node.group === undefined) continue;
    found.add(node.group);
    if (node.children.size === 0) return;
  }
  if (rest[0]?.kind === 'scalar') return;
  for (const group of node.groups()) found.add(group);
}
