import { createHash } from 'node:crypto';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import type { Log } from '../lib/log.ts';
import type { Event } from '../kube/builtin-types.ts';
import { isAlreadyExists, isForbidden, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/objects.ts';
import { events } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';

export type EventType = 'Normal' | 'Warning';

/** Says what happens to objects, for `kubectl describe`. Returns at once and never throws. */
export interface EventRecorder {
  /** `reason` in PascalCase; a message over 1024 characters is cut. `object` needs apiVersion, kind and metadata. */
  record(object: KubeObject, type: EventType, reason: string, message: string): void;
  /** Resolves when everything recorded so far was sent or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Who speaks: `scan-link-controller`. */
  readonly component: string;
  /** The machine, where that matters (a node's name). */
  readonly host?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** An object may say this much at once, and then one thing every five minutes (the limits of client-go). */
const burst = 25;
const refillMs = 300_000;
const maxRemembered = 4096;
const maxWaiting = 1000;
const maxMessage = 1024;

interface Known {
  count: number;
  firstTimestamp: string;
}

/**
 * A recorder that counts: the same thing said again of the same object raises `count` and `lastTimestamp` of the
 * Event there is. Its name is made from what it says, so that this holds after a restart too.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, component, host, clock = systemClock, log = silentLog } = options;
  const known = new Map<string, Known>();
  const budgets = new Map<string, { tokens: number; at: number }>();
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;

  const allowed = (uid: string): boolean => {
    const now = clock.now();
    const budget = budgets.get(uid) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, budget.tokens + (now - budget.at) / refillMs);
    remember(budgets, uid, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  };

  const send = async (event: Event): Promise<void> => {
    const { namespace, name = '' } = event.metadata;
    const before = known.get(`${namespace}/${name}`);
    if (before && (await raise(event, before))) return;
    try {
      await client.create(events, event);
      remember(known, `${namespace}/${name}`, { count: 1, firstTimestamp: event.firstTimestamp ?? '' });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const existing = await client.get<Event>(events, { namespace, name });
      await raise(event, { count: existing.count ?? 1, firstTimestamp: existing.firstTimestamp ?? '' });
    }
  };

  /** One more of an event; false when it is no longer there (servers drop events after an hour). */
  const raise = async (event: Event, before: Known): Promise<boolean> => {
    const { namespace, name = '' } = event.metadata;
    const count = before.count + 1;
    try {
      const { lastTimestamp, message } = event;
      await client.patch(events, { namespace, name }, 'merge', { count, lastTimestamp, message });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      known.delete(`${namespace}/${name}`);
      return false;
    }
    remember(known, `${namespace}/${name}`, { ...before, count });
    return true;
  };

  /** Sends after everything before; whatever goes wrong ends here. */
  const deliver = async (before: Promise<void>, event: Event): Promise<void> => {
    await before;
    try {
      await send(event);
    } catch (error) {
      // A namespace that is being deleted takes no more events: nothing to tell anybody.
      const level = isForbidden(error) || isNotFound(error) ? 'debug' : 'warn';
      log[level]({ reason: event.reason, error: messageOf(error) }, 'event not recorded');
    } finally {
      waiting--;
    }
  };

  return {
    record(object, type, reason, message) {
      const { uid = '' } = object.metadata;
      if (waiting >= maxWaiting || !allowed(uid)) return;
      const event = eventOf(
        object,
        type,
        reason,
        message.slice(0, maxMessage),
        { component, host },
        clock.now(),
      );
      waiting++;
      tail = deliver(tail, event);
    },
    flush: () => tail,
  };
}

/** Sets the entry as the youngest, and drops the oldest when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function eventOf(
  object: KubeObject,
  type: EventType,
  reason: string,
  message: string,
  source: { component: string; host?: string },
  now: number,
): Event {
  const { name = '', uid, resourceVersion } = object.metadata;
  const namespace = object.metadata.namespace || 'default';
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const said = [object.kind, uid, type, reason, message, source.component, source.host].join('\0');
  const hash = createHash('sha256').update(said).digest('hex').slice(0, 16);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 253 - 17)}.${hash}`, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      namespace: object.metadata.namespace,
      uid,
      resourceVersion,
    },
    type,
    reason,
    message,
    source,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
