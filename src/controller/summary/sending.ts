/** The status as sending the results changes it: never the phase. */
import { conditionRows } from '../../api/conditions.ts';
import type { ScanStatus } from '../../api/status-schema.ts';
import type { World } from '../world.ts';
import { set } from './entries.ts';
import type { Sending } from './outcome.ts';
import { rfc3339, roundedUp } from './times.ts';

export function withSending(world: World, status: ScanStatus, sending: Sending): ScanStatus {
  const conditions = status.conditions ?? [];
  const free = status.failure === undefined || status.failure.step === 'store';
  switch (sending.is) {
    case 'not-configured':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.storeNotConfigured),
        failure: free ? undefined : status.failure,
      };
    case 'sent':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.resultsSent),
        metadataUrl: sending.metadataUrl,
        failure: free ? undefined : status.failure,
      };
    case 'failed':
      return {
        ...status,
        conditions: set(world, conditions, conditionRows.sendingError, sending.failure.message),
        failure: free ? storeFailure(sending) : status.failure,
      };
  }
}

function storeFailure({ failure, attempt, nextAt }: Sending & { is: 'failed' }): ScanStatus['failure'] {
  return {
    code: failure.code,
    step: 'store',
    attempt,
    ...(nextAt !== undefined && { nextRetryAt: rfc3339(roundedUp(nextAt)) }),
  };
}
