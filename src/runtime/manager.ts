import { messageOf } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import type { Controller } from './controller.ts';
import { acquireLeadership } from './leader.ts';
import type { LeaderOptions, Leadership } from './leader.ts';

/** As much of a reflector as a manager needs. */
export interface Source {
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

export interface ManagerOptions {
  readonly controllers: readonly Controller[];
  /** Reflectors that were started: controllers begin when all are synced, as an empty cache looks like deletions. */
  readonly sources: readonly Source[];
  /** Controllers run only while this candidate leads; without it, always. */
  readonly leader?: LeaderOptions;
  readonly log?: Log;
}

export interface Manager {
  /** Resolves when the controllers run. */
  readonly started: Promise<void>;
  /** Resolves when everything has ended: after `stop`, or `'lost'` when the lease was lost: leave the process then. */
  readonly ended: Promise<'stopped' | 'lost'>;
  /** Graceful: running reconciles end, then watches, then the lease is given back. */
  stop(): Promise<void>;
}

export function startManager(options: ManagerOptions): Manager {
  const { controllers, sources, log = silentLog } = options;
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  // Our timers let a process end; one that only waits for its API server or its lease must stay.
  const stayAlive = setInterval(() => {}, 2 ** 30);

  const untilStopped = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });

  const lead = async (): Promise<Leadership | undefined> =>
    options.leader ? acquireLeadership(options.leader, stopping.signal) : undefined;

  const run = async (): Promise<'stopped' | 'lost'> => {
    let leadership: Leadership | undefined;
    try {
      const synced = Promise.all(sources.map((source) => source.synced));
      await Promise.race([synced, untilStopped(stopping.signal)]);
      if (!stopping.signal.aborted) leadership = await lead();
      if (!stopping.signal.aborted) {
        for (const controller of controllers) controller.start();
        started.resolve();
        await untilStopped(AbortSignal.any([stopping.signal, ...(leadership ? [leadership.signal] : [])]));
      }
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ error: messageOf(error) }, 'the manager ends');
    }
    const lost = !stopping.signal.aborted;
    await Promise.all(controllers.map((controller) => controller.stop()));
    await Promise.all(sources.map((source) => source.stop()));
    await leadership?.release();
    clearInterval(stayAlive);
    return lost ? 'lost' : 'stopped';
  };

  const ended = run();
  return {
    started: started.promise,
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
