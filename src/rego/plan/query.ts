// A query ready to run.
import { shallow } from '../errors.ts';
import { Frame, Vm } from '../eval/vm.ts';
import { makeContext } from '../eval/context.ts';
import { planBody } from './exprs.ts';
import { Planner } from './planner.ts';
import type { CompiledRules } from './rules.ts';
import type { QueryIr } from '../compile/query.ts';
import type { TreeNode } from '../compile/tree.ts';
import type { EvaluateOptions, ExpressionResult, PreparedQuery, QueryResult, Value } from '../types.ts';

/** An expression without a value of its own held: it counts as true. */
function valueAt(frame: Frame, slot: number | undefined): Value {
  const value = slot === undefined ? undefined : frame.slots[slot];
  return value === undefined ? true : value;
}

export function planQuery(root: TreeNode, rules: CompiledRules, ir: QueryIr): PreparedQuery {
  const planner = new Planner(root);
  const make = planBody(planner, ir.body, new Set());
  const bindings = ir.bindings.map(({ name, variable }) => ({ name, slot: planner.slots.of(variable) }));
  const expressions = ir.expressions.map((item) => ({
    ...item,
    slot: item.variable === undefined ? undefined : planner.slots.of(item.variable),
  }));
  return {
    evaluate(options: EvaluateOptions = {}): QueryResult[] {
      const results: QueryResult[] = [];
      const frame = new Frame(new Vm(rules, options, makeContext(options)), planner.slots.size);
      const run = make((at) => {
        const found = new Map<string, Value>();
        for (const { name, slot } of bindings) {
          const value = at.slots[slot];
          if (value !== undefined) found.set(name, value);
        }
        const values = expressions.map(({ text, row, col, slot }): ExpressionResult => ({
          text,
          row,
          col,
          value: valueAt(at, slot),
        }));
        results.push({ bindings: found, expressions: values });
        return false;
      });
      shallow('eval_internal_error', () => run(frame));
      return results;
    },
  };
}
