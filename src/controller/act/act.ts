/** Carries an action out: one effect, which may be repeated. */
import type { Action } from '../decide/action.ts';
import type { Outcome } from '../summary/outcome.ts';
import type { World } from '../world.ts';
import { collect } from './collect.ts';
import type { ActDeps } from './deps.ts';
import { deleteJob, startJob } from './jobs.ts';
import { judgeKept } from './judge.ts';
import { quote } from './quote.ts';
import { sendResults } from './send.ts';

/** Actions that have an effect, or an outcome to write down. */
export type Deed = Exclude<Action, { do: 'rest' | 'look' | 'ask' }>;

export interface Acted {
  readonly outcome: Outcome;
  /** The world as the effect leaves it, for deciding what comes next without reading it again. */
  readonly world: World;
}

/** @throws KubeError and whatever else made the effect impossible to try: nothing has been done then */
export async function act(deps: ActDeps, world: World, deed: Deed, signal: AbortSignal): Promise<Acted> {
  switch (deed.do) {
    case 'start': {
      const { outcome, job } = await startJob(deps, world, deed.jobName, signal);
      return { outcome, world: job ? { ...world, jobs: [...world.jobs, job] } : world };
    }
    case 'adopt':
      return { outcome: { is: 'started', jobName: deed.job.metadata.name ?? '' }, world };
    case 'end': {
      await deleteJob(deps, deed.job, 'end', signal);
      const deletionTimestamp = new Date(world.now).toISOString();
      const metadata = { ...deed.job.metadata, deletionTimestamp };
      const jobs = world.jobs.map((job) => (job === deed.job ? { ...job, metadata } : job));
      return { outcome: { is: 'nothing' }, world: { ...world, jobs } };
    }
    case 'clean':
      await deleteJob(deps, deed.job, 'clean', signal);
      return {
        outcome: { is: 'nothing' },
        world: { ...world, jobs: world.jobs.filter((job) => job !== deed.job) },
      };
    case 'collect': {
      const outcome = await collect(deps, world, deed.job, deed.pod, signal);
      return { outcome, world: withShelf(deps, world) };
    }
    case 'fail': {
      const { at, failure } = deed;
      const lines = deed.quote
        ? await quote(deps.client, deed.quote.pod, deed.quote.container, deed.quote.fallback, signal)
        : '';
      const message = lines === '' ? failure.message : `${failure.message}: ${lines}`;
      return { outcome: { is: 'failed', at, failure: { ...failure, message } }, world };
    }
    case 'judge': {
      const outcome = await judgeKept(deps, world, signal);
      return { outcome, world: withShelf(deps, world) };
    }
    case 'send': {
      const sending = await sendResults(deps, world, signal);
      const { uid = '' } = world.scan.metadata;
      const store = { ...world.store, nextSendAt: deps.sends.nextAt(uid) };
      return { outcome: { is: 'sent', sending }, world: { ...withShelf(deps, world), store } };
    }
  }
}

function withShelf({ shelf }: ActDeps, world: World): World {
  return { ...world, keptReport: shelf.digestOf(world.scan.metadata.uid ?? '') };
}
