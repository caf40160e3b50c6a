/** Lists of conditions as values: each change gives a new list, in the order of the vocabulary. */
import { conditionTypes } from '../../api/conditions.ts';
import type { ConditionRow, ConditionType } from '../../api/conditions.ts';
import type { Condition } from '../../api/status-schema.ts';
import { errorText } from './error-text.ts';

export interface Moment {
  /** RFC 3339. */
  readonly time: string;
  readonly generation: number | undefined;
}

/** A condition keeps its lastTransitionTime while its status stays (spec.md §2). */
export function withCondition(
  conditions: readonly Condition[],
  row: ConditionRow,
  at: Moment,
  error?: string,
): Condition[] {
  const old = conditions.find((condition) => condition.type === row.type);
  const condition: Condition = {
    type: row.type,
    status: row.status,
    reason: row.reason,
    message: row.message,
    ...(error !== undefined && { error: errorText(error) }),
    ...(at.generation !== undefined && { observedGeneration: at.generation }),
    lastTransitionTime: old?.status === row.status ? old.lastTransitionTime : at.time,
  };
  return [...withoutConditions(conditions, [row.type]), condition].toSorted((a, b) => rank(a) - rank(b));
}

export function withoutConditions(
  conditions: readonly Condition[],
  types: readonly ConditionType[],
): Condition[] {
  return conditions.filter((condition) => !types.some((type) => type === condition.type));
}

function rank(condition: Condition): number {
  const index = conditionTypes.findIndex((type) => type === condition.type);
  return index === -1 ? conditionTypes.length : index;
}
