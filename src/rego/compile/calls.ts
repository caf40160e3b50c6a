// Calls of what does not exist, or with the wrong number of operands.
import { operatorName, type Expr, type Loc, type Ref, type Term, type Var } from '../ast.ts';
import { builtinArity, builtinDeclaration } from '../builtins/table.ts';
import { functionGroup, isDataRef, type TreeNode } from './tree.ts';
import { checkWith } from './with-targets.ts';
import { walkBody, walkTerm, type Visitor } from './walk.ts';
import type { Problems } from './errors.ts';

interface Checked {
  readonly args: readonly Term[];
  readonly suffix: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
  readonly body: readonly Expr[];
  readonly else?: Checked;
}

export function checkCalls(
  root: TreeNode,
  rule: Checked,
  allowed: (name: string) => boolean,
  problems: Problems,
): void {
  const visitor = callVisitor(root, allowed, problems);
  walkBody(rule.body, visitor);
  for (const term of [...rule.args, ...rule.suffix, rule.key, rule.value])
    if (term !== undefined) walkTerm(term, visitor);
  if (rule.else !== undefined) checkCalls(root, rule.else, allowed, problems);
}

function callVisitor(root: TreeNode, allowed: (name: string) => boolean, problems: Problems): Visitor {
  const check = (op: Ref | Var, args: readonly Term[], loc: Loc, spare: number): void => {
    const name = operatorName(op) ?? '';
    const group = functionGroup(root, op);
    if (group !== undefined) {
      if (group.kind === 'function' && fits(group.arity, args.length, spare)) return;
      if (group.kind === 'function') {
        problems.add(
          'rego_type_error',
          `function ${group.name} has arity ${group.arity}, got ${args.length} argument${args.length === 1 ? '' : 's'}`,
          loc,
        );
        return;
      }
    }
    const arity = builtinArity(name);
    if (group !== undefined || isDataRef(op) || arity === undefined || !allowed(name)) {
      problems.add('rego_type_error', `undefined function ${name}`, loc);
      return;
    }
    if (arity < 0 || fits(arity, args.length, spare)) return;
    const want = builtinDeclaration(name)?.args.join(', ') ?? '';
    problems.add('rego_type_error', `${name}: arity mismatch`, loc, [
      `have: (${args.map(argKind).join(', ')})`,
      `want: (${want})`,
    ]);
  };
  return {
    expr: (expr) => {
      checkWith(root, expr, problems);
      if (expr.kind === 'call') check(expr.op, expr.args, expr.loc, 1);
    },
    term: (term) => {
      if (term.kind === 'call') check(term.op, term.args, term.loc, 0);
    },
  };
}

function fits(arity: number, given: number, spare: number): boolean {
  return given >= arity && given <= arity + spare;
}

function argKind(term: Term): string {
  if (term.kind !== 'scalar')
    return term.kind === 'array' || term.kind === 'set' || term.kind === 'object' ? term.kind : '???';
  if (term.value === null) return 'null';
  return typeof term.value === 'object' ? 'number' : typeof term.value;
}
