/**
 * The vocabulary of `status.conditions` and `status.phase` (spec.md §2 and §3). Existing users match these texts to
 * the letter: none may change.
 */

export const phases = ['Pending', 'Scanning', 'Completed', 'Failed', 'Error'] as const;
export type Phase = (typeof phases)[number];

export const conditionTypes = ['Scanning', 'Succeeded', 'SendingResults', 'PolicySucceeded'] as const;
export type ConditionType = (typeof conditionTypes)[number];

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** The text of every condition that something went wrong with; what it was stands in `error`. */
const anError = 'An error has occurred';

/** One row of spec.md §2: all that is said by the row itself. */
interface Row {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

const row = <const R extends Row>(row: R): R => row;

/** Every row of spec.md §2. `EvaluationFailed` holds a count: see `policyViolated`. */
export const conditionRows = {
  jobStarted: row({
    type: 'Scanning',
    status: 'True',
    reason: 'JobStarted',
    message: 'The scan job is running',
  }),
  jobTerminated: row({
    type: 'Scanning',
    status: 'False',
    reason: 'JobFinished',
    message: 'The scan job terminated',
  }),
  jobFinished: row({
    type: 'Succeeded',
    status: 'True',
    reason: 'JobFinished',
    message: 'The scan job finished',
  }),
  scanError: row({ type: 'Succeeded', status: 'False', reason: 'Error', message: anError }),
  resultsSent: row({
    type: 'SendingResults',
    status: 'True',
    reason: 'ResultsSent',
    message: 'The scan results were sent to the metadata store',
  }),
  storeNotConfigured: row({
    type: 'SendingResults',
    status: 'False',
    reason: 'MetadataStoreNotConfigured',
    message: 'The metadata store integration has not been configured',
  }),
  sendingError: row({ type: 'SendingResults', status: 'False', reason: 'Error', message: anError }),
  policyPassed: row({
    type: 'PolicySucceeded',
    status: 'True',
    reason: 'EvaluationPassed',
    message: 'No CVEs were found that violated the policy',
  }),
  policyError: row({ type: 'PolicySucceeded', status: 'Unknown', reason: 'Error', message: anError }),
} as const;

/**
 * The row of a violated policy.
 * @param cves distinct vulnerability ids among the violations, a violation that names none counted as one
 */
export function policyViolated(cves: number): Row {
  return {
    type: 'PolicySucceeded',
    status: 'False',
    reason: 'EvaluationFailed',
    message: `Policy violated because of ${cves} CVEs`,
  };
}

export type ConditionRow = Row;
