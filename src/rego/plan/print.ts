// `print(…)`: operands are sets of values, so that what is undefined can be shown and what is many is shown each.
import { RegoSet, isArray } from '../value.ts';
import { printText } from '../builtins/text.ts';
import { planRead, type Bound } from './terms.ts';
import type { Expr } from '../ast.ts';
import type { Value } from '../types.ts';
import type { Maker } from './slots.ts';
import type { Planner } from './planner.ts';

export function planPrint(planner: Planner, expr: Extract<Expr, { kind: 'call' }>, bound: Bound): Maker {
  const [operand] = expr.args;
  if (operand === undefined) return (next) => next;
  const read = planRead(planner, operand, bound);
  const at = { file: expr.loc.source.name, row: expr.loc.row, col: expr.loc.col };
  return (next) => (frame) => {
    const { print } = frame.vm;
    if (print === undefined) return next(frame);
    const sets = read(frame);
    if (isArray(sets)) for (const line of lines(sets)) print(line, at);
    return next(frame);
  };
}

/** Every combination of the operands' values as a line. */
function lines(sets: readonly Value[]): string[] {
  let combined = [''];
  sets.forEach((set, index) => {
    const values = set instanceof RegoSet && set.size > 0 ? set.sorted().map(printText) : ['<undefined>'];
    combined = combined.flatMap((line) => values.map((value) => (index === 0 ? value : `${line} ${value}`)));
  });
  return combined;
}
