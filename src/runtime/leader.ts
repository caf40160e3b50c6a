import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import type { Lease } from '../kube/builtin-types.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import { leases } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { sleep } from './reflector.ts';

export interface LeaderOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Lease that all candidates share. */
  readonly name: string;
  /** Different for every candidate: pod name and something random. */
  readonly identity: string;
  /** Another may take over after so long without a renewal (default 15 s). */
  readonly leaseMs?: number;
  /** The leader stops leading when it could not renew for so long (default 10 s, less than the lease). */
  readonly renewDeadlineMs?: number;
  /** Between tries (default 2 s). */
  readonly retryMs?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface Leadership {
  /** Fires when the lease is lost or given back: stop acting at once. */
  readonly signal: AbortSignal;
  /** Ends leading and gives the lease back, so that another need not wait for its end. */
  release(): Promise<void>;
}

/**
 * Waits until this candidate leads. Whether a lease has run out is judged by when we saw it change, on our own clock:
 * the clocks of candidates need not agree. Rejects only when `signal` fires, with its reason.
 */
export async function acquireLeadership(options: LeaderOptions, signal: AbortSignal): Promise<Leadership> {
  const { clock = systemClock, log = silentLog, retryMs = 2_000 } = options;
  const candidate = new Candidate(options);
  for (;;) {
    signal.throwIfAborted();
    try {
      if (await candidate.tryHold(signal)) break;
    } catch (error) {
      log.debug({ lease: options.name, error: messageOf(error) }, 'lease not acquired');
    }
    await sleep(clock, retryMs, signal);
  }
  log.info({ lease: options.name, identity: options.identity }, 'leading');
  return lead(options, candidate, signal);
}

function lead(options: LeaderOptions, candidate: Candidate, outer: AbortSignal): Leadership {
  const { clock = systemClock, log = silentLog, retryMs = 2_000, renewDeadlineMs = 10_000 } = options;
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();

  const keep = async (): Promise<void> => {
    let renewed = clock.now();
    while (!ending.signal.aborted) {
      await sleep(clock, retryMs, ending.signal);
      if (ending.signal.aborted) return;
      // A renewal may hang; the deadline counts all the same.
      const late = clock.after(renewed + renewDeadlineMs - clock.now(), stop);
      const started = clock.now();
      try {
        if (!(await candidate.tryHold(ending.signal))) stop();
        else renewed = started;
      } catch (error) {
        log.warn({ lease: options.name, error: messageOf(error) }, 'lease not renewed');
        if (clock.now() - renewed >= renewDeadlineMs) stop();
      } finally {
        late();
      }
    }
  };
  const finished = keep().then(() => {
    outer.removeEventListener('abort', stop);
    log.info({ lease: options.name }, 'no longer leading');
    return undefined;
  });
  return {
    signal: ending.signal,
    async release() {
      stop();
      await finished;
      await candidate.giveBack();
    },
  };
}

class Candidate {
  readonly #options: LeaderOptions;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  /** The lease as last seen, and when we first saw it so. */
  #seen: { version: string | undefined; at: number } | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#leaseMs = options.leaseMs ?? 15_000;
  }

  /** Takes or renews the lease. False when another holds it. @throws KubeError */
  async tryHold(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    let lease: Lease;
    try {
      lease = await client.get<Lease>(leases, { namespace, name }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return this.#create(signal);
    }
    const { resourceVersion } = lease.metadata;
    if (this.#seen?.version !== resourceVersion)
      this.#seen = { version: resourceVersion, at: this.#clock.now() };
    const holder = lease.spec?.holderIdentity;
    const mine = holder === identity;
    const lasts = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    if (holder && !mine && this.#clock.now() - (this.#seen?.at ?? 0) < lasts) return false;
    const spec = this.#spec();
    if (mine) spec.acquireTime = lease.spec?.acquireTime;
    const transitions = lease.spec?.leaseTransitions ?? 0;
    spec.leaseTransitions = mine ? transitions : transitions + 1;
    try {
      await client.replace(leases, { ...lease, spec }, { signal });
      return true;
    } catch (error) {
      // Another was faster; the next look tells who.
      if (isConflict(error)) return false;
      throw error;
    }
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name } = this.#options;
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: { ...this.#spec(), leaseTransitions: 0 },
    };
    try {
      await client.create(leases, lease, { signal });
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** Leaves the lease for whoever comes next; a failure only means that they wait for its end. */
  async giveBack(): Promise<void> {
    const { client, namespace, name, identity, log = silentLog } = this.#options;
    try {
      const lease = await client.get<Lease>(leases, { namespace, name });
      if (lease.spec?.holderIdentity !== identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await client.replace(leases, { ...lease, spec });
    } catch (error) {
      log.debug({ lease: name, error: messageOf(error) }, 'lease not given back');
    }
  }

  #spec(): NonNullable<Lease['spec']> {
    // MicroTime: six digits.
    const now = `${new Date(this.#clock.now()).toISOString().slice(0, -1)}000Z`;
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
      acquireTime: now,
      renewTime: now,
    };
  }
}
