/** From the records that match a package to its findings. */
import type { Finding, Rating } from '../../report/model.ts';
import { severityOfRatings } from '../../report/severity.ts';
import type { Advisory, AdvisoryDb } from '../db/types.ts';
import type { Versions } from '../versions/scheme.ts';
import { groupByAlias, namesOf } from './group.ts';

/** One record that says that a package is affected. */
export interface Match {
  readonly advisory: Advisory;
  /** Ratings the record gives for this package alone. */
  readonly ratings: readonly Rating[];
  readonly fixedIn: readonly string[];
}

/** A finding that also says which records of the database it comes from. */
export interface ScannedFinding extends Finding {
  /** Ids of the records that matched. */
  records: string[];
}

const mostAdvisories = 20;

/** One finding a vulnerability, in the order of the records. */
export function findingsOf(matches: readonly Match[], db: AdvisoryDb, versions?: Versions): ScannedFinding[] {
  return groupByAlias(matches).map((group) => findingOf(group, db, versions));
}

function findingOf(group: readonly Match[], db: AdvisoryDb, versions?: Versions): ScannedFinding {
  const advisories = group.map(({ advisory }) => advisory);
  const { id, aliases } = namesOf(advisories);
  const ratings = ratingsOf(group, [id, ...aliases], db);
  const fixedIn = unique(group.flatMap((match) => match.fixedIn));
  fixedIn.sort((a, b) => versions?.compare(a, b) ?? 0);
  const description = advisories.find(({ summary }) => summary !== '')?.summary;
  const first = advisories[0]?.id ?? id;
  return {
    id,
    severity: severityOfRatings(ratings),
    ratings,
    aliases,
    ...(description === undefined ? {} : { description }),
    source: { name: 'OSV', url: `https://osv.dev/vulnerability/${encodeURIComponent(first)}` },
    advisories: unique(advisories.flatMap(({ references }) => references)).slice(0, mostAdvisories),
    cwes: unique(advisories.flatMap(({ cwes }) => cwes)),
    fixedIn,
    ...(fixedIn.length === 0 ? {} : { recommendation: `Update to ${fixedIn.join(' or ')}` }),
    records: advisories.map((advisory) => advisory.id),
  };
}

/**
 * A record's ratings for the package, else its own. Where no record of the group has any (all of Go's are so), those
 * of whatever else in the database goes by one of the names or is what they were made from.
 */
function ratingsOf(group: readonly Match[], names: readonly string[], db: AdvisoryDb): Rating[] {
  const own = group.flatMap(({ ratings, advisory }) => (ratings.length > 0 ? ratings : advisory.ratings));
  if (own.length > 0) return distinct(own);
  const origins = group.flatMap(({ advisory }) => advisory.upstream);
  const related = unique([...names, ...origins]).flatMap((name) => db.related(name));
  return distinct(related.flatMap(({ ratings }) => ratings));
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

function distinct(ratings: readonly Rating[]): Rating[] {
  return [...new Map(ratings.map((rating) => [JSON.stringify(rating), rating])).values()];
}
