// `with`: runs an expression under other documents or functions, and what follows it under the old ones again.
import { operatorName, type Expr, type Term, type With } from '../ast.ts';
import { newEnv, type Env, type Frame, type Mock } from '../eval/vm.ts';
import { patched } from '../eval/documents.ts';
import { functionGroup, splitPath, type TreeNode } from '../compile/tree.ts';
import { builtinArity } from '../builtins/table.ts';
import { constantOf, planRead, type Bound } from './terms.ts';
import type { Maker, Reader } from './slots.ts';
import type { Value } from '../types.ts';
import type { Planner } from './planner.ts';

type PlanExpr = (planner: Planner, expr: Expr, bound: Bound) => Maker;
/** Changes an environment; undefined when the value is. */
type Change = (frame: Frame, env: Env) => Env | undefined;

export function planWith(planner: Planner, expr: Expr, bound: Bound, planExpr: PlanExpr): Maker {
  const changes = expr.with.map((item) => planChange(planner, item, bound));
  const make = planExpr(planner, { ...expr, with: [] }, bound);
  const index = planner.saves.length;
  planner.saves.push(index);
  return (next) => {
    const inner = make((frame) => {
      const { env } = frame.vm;
      frame.vm.env = frame.saved?.[index] ?? env;
      const stop = next(frame);
      frame.vm.env = env;
      return stop;
    });
    return (frame) => {
      const { env } = frame.vm;
      let changed: Env | undefined = env;
      for (const change of changes) changed = changed && change(frame, changed);
      if (changed === undefined) return false;
      frame.saved ??= [];
      frame.saved[index] = env;
      frame.vm.env = newEnv(changed.input, changed.data, changed);
      const stop = inner(frame);
      frame.vm.env = env;
      return stop;
    };
  };
}

function planChange(planner: Planner, item: With, bound: Bound): Change {
  const { target } = item;
  const read = planRead(planner, item.value, bound);
  const path = target.kind === 'ref' ? target.terms.slice(1) : [];
  const root = target.kind === 'ref' && target.terms[0]?.kind === 'var' ? target.terms[0].name : '';
  if (root === 'input') return changeInput(pathValues(path), read);
  const name = operatorName(target) ?? '';
  if (
    functionGroup(planner.root, target)?.kind === 'function' ||
    (root !== 'data' && builtinArity(name) !== undefined)
  ) {
    return changeFunction(name, item, read);
  }
  return changeData(planner.root, path, read);
}

function pathValues(path: readonly Term[]): Value[] {
  return path.flatMap((term) => {
    const value = constantOf(term);
    return value === undefined ? [] : [value];
  });
}

function changeInput(path: readonly Value[], read: Reader): Change {
  return (frame, env) => {
    const value = read(frame);
    return value === undefined ? undefined : { ...env, input: patched(env.input, path, value) };
  };
}

function changeFunction(name: string, item: With, read: Reader): Change {
  return (frame, env) => {
    const value = read(frame);
    if (value === undefined) return undefined;
    const mock: Mock = item.mock === undefined ? { value } : { name: item.mock };
    return { ...env, mocks: new Map([...(env.mocks ?? []), [name, mock]]) };
  };
}

function changeData(root: TreeNode, path: readonly Term[], read: Reader): Change {
  const values = pathValues(path);
  let node: TreeNode | undefined = root;
  for (const name of splitPath(path).fixed) {
    const child: TreeNode | undefined = node.children.get(name);
    if (child === undefined) {
      if (node.group === undefined || node.group.kind === 'function') node = undefined;
      break;
    }
    node = child;
  }
  const hides = node;
  return (frame, env) => {
    const value = read(frame);
    if (value === undefined) return undefined;
    const data = patched(env.data, values, value);
    return { ...env, data, ...(hides && { hidden: new Set([...(env.hidden ?? []), hides]) }) };
  };
}
