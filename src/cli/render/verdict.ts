/** A policy's verdict, for people. */
import type { Verdict } from '../../policy/verdict.ts';
import { clip } from './columns.ts';
import type { Paint } from './style.ts';
import { count } from './words.ts';

/** Ends with a line break. The words are those of the condition `PolicySucceeded` (spec.md §2). */
export function renderVerdict(verdict: Verdict, paint: Paint): string {
  if (verdict.passed)
    return `${paint('green', 'Policy passed')}: No CVEs were found that violated the policy\n`;
  const shown = verdict.violations.map((violation) => `  ${clip(violation.message, 400)}`);
  const more = verdict.violationCount - shown.length;
  return [
    `${paint(['bold', 'red'], 'Policy violated')} because of ${verdict.cveCount} CVEs (${count(verdict.violationCount, 'violation')})`,
    ...shown,
    ...(more > 0 ? [`  and ${more.toLocaleString('en-US')} more`] : []),
    '',
  ].join('\n');
}
