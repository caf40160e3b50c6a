// What `with` may change: input, data that no rule makes, and functions.
import { operatorName, type Expr } from '../ast.ts';
import { builtinArity } from '../builtins/table.ts';
import { functionGroup, splitPath, type TreeNode } from './tree.ts';
import type { Problems } from './errors.ts';

export function checkWith(root: TreeNode, expr: Expr, problems: Problems): void {
  for (const { target, loc } of expr.with) {
    const head = target.kind === 'var' ? target : target.terms[0];
    if (head?.kind !== 'var' || head.name === 'input') continue;
    if (head.name !== 'data') {
      if (builtinArity(operatorName(target) ?? '') !== undefined) continue;
      const message = 'with keyword target must reference existing input, data, or a function';
      problems.add('rego_type_error', message, target.loc);
      continue;
    }
    if (target.kind !== 'ref' || functionGroup(root, target)?.kind === 'function') continue;
    if (isInsideRule(root, splitPath(target.terms.slice(1)).fixed)) {
      problems.add('rego_compile_error', 'with keyword cannot partially replace virtual document(s)', loc);
    }
  }
}

/** A path that goes on below a rule. */
function isInsideRule(root: TreeNode, path: readonly string[]): boolean {
  let node: TreeNode | undefined = root;
  for (const name of path) {
    if (node?.group !== undefined && node.group.kind !== 'function' && node.children.size === 0) return true;
    node = node?.children.get(name);
  }
  return false;
}
