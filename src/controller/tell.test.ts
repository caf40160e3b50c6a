/** One event a change that a person cares about, and none where nothing changed. */
import { expect, test } from 'vitest';
import { conditionRows } from '../api/conditions.ts';
import type { ScanStatus } from '../api/status-schema.ts';
import { aPolicy, aRun, aWorld, condition, statuses } from './builders.ts';
import { summarise } from './summary/summarise.ts';
import type { Outcome } from './summary/outcome.ts';
import { tellings } from './tell.ts';

const failed: Outcome = { is: 'failed', at: 'run', failure: { code: 'ScannerFailed', message: 'code 3' } };
const scanning = statuses.scanning('j');
const after = (status: ScanStatus, outcome: Outcome): ScanStatus => {
  const { scan } = aRun({}, { status: () => status });
  return summarise(aWorld({ scan }), outcome);
};
const brokenOnce = after(scanning, failed);
const again: ScanStatus = {
  ...scanning,
  jobName: 'k',
  failure: { code: 'ScannerFailed', step: 'job', attempt: 1 },
};
const sent = (row: typeof conditionRows.resultsSent | typeof conditionRows.sendingError): ScanStatus => ({
  ...statuses.completed('j'),
  conditions: [condition(conditionRows.jobFinished), condition(row, { error: 'https://store: 401' })],
});
const passed = statuses.judged('j', aPolicy());
const violated = statuses.judged('j', aPolicy(), false);

test.each<[string, ScanStatus | undefined, ScanStatus, string[]]>([
  ['a job was started', undefined, scanning, ['Normal ScanStarted: Started job j']],
  ['another attempt', brokenOnce, again, ['Normal ScanStarted: Started job k (attempt 2)']],
  ['it failed', scanning, brokenOnce, ['Warning ScannerFailed: code 3']],
  ['it failed again in the same way', again, after(again, failed), ['Warning ScannerFailed: code 3']],
  ['a report was read', scanning, statuses.completed('j'), ['Normal ScanFinished: Found no CVEs']],
  [
    'a report with something in it',
    scanning,
    {
      ...statuses.completed('j'),
      cveCount: { CRITICAL: 1, HIGH: 2, MEDIUM: 0, LOW: 0, UNKNOWN: 0, CVETOTAL: 3 },
    },
    ['Normal ScanFinished: Found 3 CVEs: 1 critical, 2 high, 0 medium, 0 low, 0 unknown'],
  ],
  ['a violation', passed, violated, ['Warning PolicyViolated: Policy violated because of 1 CVEs']],
  [
    'a policy that holds now',
    violated,
    passed,
    ['Normal PolicyPassed: No CVEs were found that violated the policy'],
  ],
  [
    'results that were sent',
    statuses.completed('j'),
    sent(conditionRows.resultsSent),
    ['Normal ResultsSent: The scan results were sent to the metadata store'],
  ],
  [
    'results that could not be sent',
    statuses.completed('j'),
    {
      ...sent(conditionRows.sendingError),
      failure: { code: 'StoreUnauthorized', step: 'store', attempt: 1 },
    },
    ['Warning StoreUnauthorized: https://store: 401'],
  ],
  ['nothing', passed, passed, []],
  [
    'no store: nothing was sent',
    scanning,
    {
      ...scanning,
      conditions: [...(scanning.conditions ?? []), condition(conditionRows.storeNotConfigured)],
    },
    [],
  ],
])('%s', (_, before, now, told) => {
  expect(tellings(before, now).map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual(
    told,
  );
});
