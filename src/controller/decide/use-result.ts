/** What is done with the report of a run that ended well. */
import { policyNotFound } from '../prepare.ts';
import { conditionOf, hasSucceeded, unsettledName } from '../run.ts';
import { verdictState } from '../verdict-state.ts';
import type { World } from '../world.ts';
import type { Action } from './action.ts';
import { isReportKept, note } from './start-run.ts';

/** A changed policy is applied to the stored report at once (spec.md §5). */
export function judge(world: World): Action | undefined {
  if (unsettledName(world) !== undefined || !hasSucceeded(world.scan.status)) return undefined;
  switch (verdictState(world)) {
    case 'none':
    case 'current':
      return undefined;
    case 'missing':
      return note(world, 'policy', policyNotFound(world));
    case 'stale':
      return isReportKept(world) ? { do: 'judge' } : undefined;
  }
}

/** Sending never holds up anything else (spec.md §3). */
export function send(world: World): Action | undefined {
  const { scan, store, now } = world;
  if (unsettledName(world) !== undefined || !hasSucceeded(scan.status)) return undefined;
  const sending = conditionOf(scan.status, 'SendingResults');
  if (sending?.status === 'True') return undefined;
  if (!store.configured) return sending?.reason === 'MetadataStoreNotConfigured' ? undefined : { do: 'send' };
  return (store.nextSendAt ?? now) <= now ? { do: 'send' } : undefined;
}
