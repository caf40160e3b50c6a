import type { ConditionType, Phase } from '../../api/conditions.ts';
import type { Condition } from '../../api/status-schema.ts';

/**
 * Spec.md §3. Missing and invalid templates and policies, and refused jobs, are said by Succeeded False, so that the
 * phase is a function of the conditions alone.
 */
export function phaseOf(conditions: readonly Condition[]): Phase {
  const is = (type: ConditionType, status: Condition['status']): boolean =>
    conditions.some((condition) => condition.type === type && condition.status === status);
  if (is('Succeeded', 'False') || is('PolicySucceeded', 'Unknown')) return 'Error';
  if (is('Scanning', 'True')) return 'Scanning';
  if (is('PolicySucceeded', 'False')) return 'Failed';
  return is('Succeeded', 'True') ? 'Completed' : 'Pending';
}
