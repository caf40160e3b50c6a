// Graphs, and walking a document.
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { membersAt, objectAt } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const graph: Readonly<Record<string, BuiltinFn>> = {
  'graph.reachable': (_, edges = null, roots = null) => reachable(objectAt(edges, 1), membersAt(roots, 2)),
  'graph.reachable_paths': (_, edges = null, roots = null) => paths(objectAt(edges, 1), membersAt(roots, 2)),
  walk: (_, value = null) => walk(value),
};

function neighbours(value: Value | undefined): readonly Value[] {
  if (isArray(value)) return value;
  return value instanceof RegoSet ? value.sorted() : [];
}

function reachable(edges: RegoObject, roots: readonly Value[]): RegoSet {
  const found = new RegoSet();
  const queue = [...roots];
  while (queue.length > 0) {
    const node = queue.pop();
    if (node === undefined || found.has(node) || !edges.has(node)) continue;
    found.add(node);
    queue.push(...neighbours(edges.get(node)));
  }
  return found;
}

/** Paths from the roots that go on as far as they can without meeting themselves. */
function paths(edges: RegoObject, roots: readonly Value[]): RegoSet {
  const found = new RegoSet();
  for (const root of roots) extend(edges, root, [], new RegoSet(), found);
  return found;
}

function extend(edges: RegoObject, node: Value, path: readonly Value[], seen: RegoSet, found: RegoSet): void {
  if (!edges.has(node)) {
    if (path.length > 0) found.add(path);
    return;
  }
  const longer = [...path, node];
  const next = neighbours(edges.get(node));
  const now = RegoSet.from([...seen.values(), node]);
  if (next.length === 0) found.add(longer);
  for (const to of next) {
    if (now.has(to)) found.add(longer);
    else extend(edges, to, longer, now, found);
  }
}

/** Every path with the value there, the document itself first. */
function walk(root: Value): Value[] {
  const answers: Value[] = [];
  const visit = (value: Value, path: readonly Value[]): void => {
    answers.push([path, value]);
    if (isArray(value)) value.forEach((item, index) => visit(item, [...path, index]));
    else if (value instanceof RegoObject)
      for (const [key, item] of value.entries()) visit(item, [...path, key]);
    else if (value instanceof RegoSet) for (const item of value.sorted()) visit(item, [...path, item]);
  };
  visit(root, []);
  return answers;
}
