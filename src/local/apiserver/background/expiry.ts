/** What goes by itself after a time: events an hour after they were last written, finished jobs after their TTL. */
import { messageOf } from '../../../lib/errors.ts';
import { at, listAt, textAt } from '../resources/resource.ts';
import type { Change } from '../storage/stored.ts';
import type { Obj } from '../types.ts';
import type { World } from '../world.ts';
import { remove } from '../write/deletion.ts';

const eventMs = 60 * 60 * 1000;
const sweepMs = 60 * 1000;
const perSweep = 500;
const jobs = 'jobs.batch';

/** When a finished job may go, in ms; undefined while it runs or has no TTL. */
export function jobExpiry(job: Obj): number | undefined {
  const ttl = at(job, 'spec', 'ttlSecondsAfterFinished');
  if (typeof ttl !== 'number') return undefined;
  const finished = listAt(job, 'status', 'conditions').find(
    (item) => ['Complete', 'Failed'].includes(textAt(item, 'type')) && textAt(item, 'status') === 'True',
  );
  const ended = Date.parse(textAt(finished, 'lastTransitionTime'));
  return Number.isNaN(ended) ? undefined : ended + ttl * 1000;
}

export class Expiry {
  readonly #world: World;
  readonly #stops = new Map<string, () => void>();
  #stopSweep = (): void => {};
  readonly #stopListening: () => void;

  constructor(world: World) {
    this.#world = world;
    this.#stopListening = world.store.listen((change) => this.#observe(change));
    for (const job of world.store.all(jobs)) this.#plan(job.namespace, job.name, job.object);
    this.#sweep();
  }

  stop(): void {
    this.#stopListening();
    this.#stopSweep();
    for (const stop of this.#stops.values()) stop();
  }

  #observe({ type, stored }: Change): void {
    if (stored.resource !== jobs) return;
    if (type === 'DELETED') this.#cancel(`${stored.namespace}/${stored.name}`);
    else this.#plan(stored.namespace, stored.name, stored.object);
  }

  #cancel(key: string): void {
    this.#stops.get(key)?.();
    this.#stops.delete(key);
  }

  #plan(namespace: string, name: string, job: Obj): void {
    const key = `${namespace}/${name}`;
    this.#cancel(key);
    const when = jobExpiry(job);
    if (when === undefined) return;
    const { clock, store, registry } = this.#world;
    this.#stops.set(
      key,
      clock.after(when - clock.now(), () => {
        this.#stops.delete(key);
        const stored = store.get(jobs, namespace, name);
        const resource = registry.byKey(jobs);
        if (stored && resource && (jobExpiry(stored.object) ?? Infinity) <= clock.now())
          remove(this.#world, resource, stored, { propagationPolicy: 'Foreground' });
      }),
    );
  }

  #sweep(): void {
    const { clock, store, log } = this.#world;
    try {
      for (const event of store.olderThan('events', clock.now() - eventMs, perSweep)) store.remove(event);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'old events could not be removed');
    }
    this.#stopSweep = clock.after(sweepMs, () => this.#sweep());
  }
}
