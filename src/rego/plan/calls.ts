// Calls of builtins and of rules' functions.
import { operatorName, type Expr, type Term } from '../ast.ts';
import { BuiltinError, type Builtin } from '../builtins/context.ts';
import { builtinNamed } from '../builtins/table.ts';
import { evalError, newEnv, type Frame } from '../eval/vm.ts';
import { functionGroup, type Group } from '../compile/tree.ts';
import { isArray } from '../value.ts';
import { planPrint } from './print.ts';
import { planMatch, planRead, type Bound } from './terms.ts';
import type { Loc } from '../ast.ts';
import type { Maker, Matcher, Reader } from './slots.ts';
import type { Value } from '../types.ts';
import type { Planner } from './planner.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;
/** The value of a call; undefined when an operand or the call is. */
type Invoke = (frame: Frame) => Value | undefined;

export function planCall(planner: Planner, expr: CallExpr, bound: Bound): Maker {
  const name = operatorName(expr.op) ?? '';
  if (name === 'internal.print') return planPrint(planner, expr, bound);
  const group = functionGroup(planner.root, expr.op);
  const builtin = group === undefined ? builtinNamed(name) : undefined;
  const arity = group?.arity ?? builtin?.args.length ?? 0;
  const readers = expr.args.slice(0, arity).map((arg) => planRead(planner, arg, bound));
  const invoke = planInvoke(planner, name, group, builtin, readers, expr.loc);
  const output = expr.args[arity];
  if (builtin?.relation === true) return relationMaker(planner, invoke, output, bound);
  if (output === undefined) {
    return (next) => (frame) => {
      const value = invoke(frame);
      return value !== undefined && value !== false && next(frame);
    };
  }
  const match = planMatch(planner, output, bound);
  return (next) => (frame) => {
    const value = invoke(frame);
    return value !== undefined && match(frame, value) && next(frame);
  };
}

function relationMaker(planner: Planner, invoke: Invoke, output: Term | undefined, bound: Bound): Maker {
  const match: Matcher = output === undefined ? () => true : planMatch(planner, output, bound);
  return (next) => (frame) => {
    const answers = invoke(frame);
    if (!isArray(answers)) return false;
    for (const answer of answers) {
      frame.vm.tick();
      if (match(frame, answer) && next(frame)) return true;
    }
    return false;
  };
}

function planInvoke(
  planner: Planner,
  name: string,
  group: Group | undefined,
  builtin: Builtin | undefined,
  readers: readonly Reader[],
  loc: Loc,
): Invoke {
  const direct = group === undefined ? builtinInvoke(builtin, readers, loc) : groupInvoke(group, readers);
  return (frame) => {
    const mock = frame.vm.env.mocks?.get(name);
    if (mock === undefined) return direct(frame);
    const operands = readAll(readers, frame);
    if (operands === undefined) return undefined;
    return 'value' in mock ? mock.value : invokeNamed(planner, frame, mock.name, operands, loc);
  };
}

/** Calls what stands in for a function. Inside it nothing is stood in for. */
function invokeNamed(
  planner: Planner,
  frame: Frame,
  name: string,
  operands: Value[],
  loc: Loc,
): Value | undefined {
  const { vm } = frame;
  const { env } = vm;
  env.unmocked ??= newEnv(env.input, env.data, { ...(env.hidden && { hidden: env.hidden }) });
  vm.env = env.unmocked;
  const value = callNamed(planner, frame, name, operands, loc);
  vm.env = env;
  return value;
}

function callNamed(
  planner: Planner,
  frame: Frame,
  name: string,
  operands: Value[],
  loc: Loc,
): Value | undefined {
  const group = name.startsWith('data.') ? planner.root.find(name.split('.').slice(1))?.group : undefined;
  if (group !== undefined) return frame.vm.rules.call(frame.vm, group, operands);
  const builtin = builtinNamed(name);
  return builtin === undefined ? undefined : runBuiltin(builtin, frame, operands, loc);
}

function readAll(readers: readonly Reader[], frame: Frame): Value[] | undefined {
  const values: Value[] = [];
  for (const read of readers) {
    const value = read(frame);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function groupInvoke(group: Group, readers: readonly Reader[]): Invoke {
  return (frame) => {
    const operands = readAll(readers, frame);
    return operands && frame.vm.rules.call(frame.vm, group, operands);
  };
}

function builtinInvoke(builtin: Builtin | undefined, readers: readonly Reader[], loc: Loc): Invoke {
  if (builtin === undefined) return () => undefined;
  return (frame) => {
    frame.vm.tick();
    const operands = readAll(readers, frame);
    return operands && runBuiltin(builtin, frame, operands, loc);
  };
}

function runBuiltin(builtin: Builtin, frame: Frame, operands: Value[], loc: Loc): Value | undefined {
  try {
    return builtin.run(frame.vm.context, ...operands);
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    if (!frame.vm.strict) return undefined;
    throw evalError(error.code, `${builtin.name}: ${error.message}`, loc);
  }
}
