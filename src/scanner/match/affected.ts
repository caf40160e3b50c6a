/** Whether a version is affected: the evaluation of the OSV schema (ossf.github.io/osv-schema/#evaluation). */
import type { Affected, EventList } from '../db/types.ts';
import type { CompareWith, Versions } from '../versions/scheme.ts';

export type Verdict =
  | { readonly affected: false }
  /** A range names a version that the scheme cannot read, and nothing else says that it is affected. */
  | { readonly affected: 'unknown' }
  | {
      readonly affected: true;
      /** The next version with a fix, for each range that speaks of this one. */
      readonly fixedIn: readonly string[];
    };

interface Event {
  readonly kind: string;
  readonly version: string;
}

/** One version, read once, with the scheme it belongs to. Without a scheme only listed versions can match. */
export interface Candidate {
  readonly version: string;
  readonly versions?: Versions;
  /** Undefined where the scheme cannot read the version. */
  readonly compare?: CompareWith;
}

export function candidateOf(version: string, versions: Versions | undefined): Candidate {
  return { version, versions, compare: versions?.reader(version) };
}

/** Affected is what a range holds or a list names. */
export function judge({ ranges, versions }: Affected, candidate: Candidate): Verdict {
  const fixedIn: string[] = [];
  let affected = false;
  let unknown = false;
  for (const range of ranges) {
    const events = eventsOf(range);
    const inside = contains(events, candidate);
    if (inside === undefined) unknown = true;
    if (inside !== true) continue;
    affected = true;
    fixedIn.push(...nextFix(events, candidate));
  }
  if (!affected && isListed(versions, ranges.length === 0, candidate)) {
    affected = true;
    for (const range of ranges) fixedIn.push(...nextFix(eventsOf(range), candidate));
  }
  if (affected) return { affected, fixedIn: [...new Set(fixedIn)] };
  return { affected: unknown ? 'unknown' : false };
}

function eventsOf(range: EventList): Event[] {
  const events: Event[] = [];
  for (let i = 0; i + 1 < range.length; i += 2)
    events.push({ kind: range[i] ?? '', version: range[i + 1] ?? '' });
  return events;
}

/** `0` stands for the beginning, whatever the scheme makes of it; 1 where the candidate comes after. */
function position(event: Event, { compare }: Candidate): number | undefined {
  if (event.kind === 'introduced' && event.version === '0') return 1;
  return compare?.(event.version);
}

/**
 * Undefined where an event cannot be compared. The state after the last event at or before the version decides;
 * what stands at one version counts in the order of the record.
 */
function contains(events: readonly Event[], candidate: Candidate): boolean | undefined {
  if (!candidate.compare) return undefined;
  let state: { event: Event; inside: boolean } | undefined;
  let hasLimit = false;
  let belowLimit = false;
  for (const event of events) {
    if (event.kind === 'limit' && event.version === '*') return contains(withoutLimits(events), candidate);
    const at = position(event, candidate);
    if (at === undefined) return undefined;
    if (event.kind === 'limit') {
      hasLimit = true;
      belowLimit ||= at < 0;
      continue;
    }
    const reached = event.kind === 'last_affected' ? at > 0 : at >= 0;
    if (reached && !(state && isBefore(event, state.event, candidate))) {
      state = { event, inside: event.kind === 'introduced' };
    }
  }
  return (state?.inside ?? false) && (!hasLimit || belowLimit);
}

const withoutLimits = (events: readonly Event[]): Event[] => events.filter(({ kind }) => kind !== 'limit');

function isBefore(a: Event, b: Event, { versions }: Candidate): boolean {
  if (b.kind === 'introduced' && b.version === '0') return false;
  if (a.kind === 'introduced' && a.version === '0') return true;
  return (versions?.compare(a.version, b.version) ?? 0) < 0;
}

/** The lowest fix above the version; none where the range ends otherwise. */
function nextFix(events: readonly Event[], { compare, versions }: Candidate): string[] {
  let lowest: string | undefined;
  for (const { kind, version } of events) {
    if (kind !== 'fixed' || (compare?.(version) ?? 0) >= 0) continue;
    if (lowest === undefined || (versions?.compare(version, lowest) ?? 0) < 0) lowest = version;
  }
  return lowest === undefined ? [] : [lowest];
}

/** Word for word; where the list is all there is, also in another spelling of the same version. */
function isListed(listed: readonly string[], isAll: boolean, { version, compare }: Candidate): boolean {
  if (listed.includes(version)) return true;
  return isAll && compare !== undefined && listed.some((other) => compare(other) === 0);
}
