/** The advisory database as the rest of the program sees it. */
import type { Rating } from '../../report/model.ts';

export interface EcosystemInfo {
  /** OSV name without a release: `npm`, `Debian`. */
  readonly name: string;
  /** Advisories that speak of it, withdrawn ones left out. */
  readonly advisories: number;
  /** The newest `modified` among them, RFC 3339; absent when none gives one. */
  readonly newest?: string;
}

export interface DbInfo {
  readonly path: string;
  readonly schemaVersion: number;
  /** What to call it in a report: `OSV`, or `Scan Link demo set`. */
  readonly name: string;
  /** Where it was imported from, as given then. */
  readonly source: string;
  /** Identifies the content: the same records give the same. */
  readonly version: string;
  /** The newest `modified` of any record, RFC 3339; absent when no record gives one. */
  readonly date?: string;
  readonly advisories: number;
  /** Records left out at import: broken, and withdrawn. */
  readonly skipped: number;
  readonly withdrawn: number;
  readonly ecosystems: readonly EcosystemInfo[];
}

/** An advisory as far as a finding needs it. */
export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Advisories this one was made from (a distribution's from a CVE). */
  readonly upstream: readonly string[];
  /** The record's summary, else the start of its details; empty where it has neither. */
  readonly summary: string;
  readonly ratings: readonly Rating[];
  /** URLs, advisories before others. */
  readonly references: readonly string[];
  readonly cwes: readonly number[];
}

/** One `events` list of OSV, in the order the record gives: `['introduced', '0', 'fixed', '1.2.3']`. */
export type EventList = readonly string[];

/** What an advisory says of one package. */
export interface Affected {
  /** Key for `advisory()`. */
  readonly advisory: number;
  readonly ranges: readonly EventList[];
  /** Versions listed one by one. */
  readonly versions: readonly string[];
  /** Ratings given for this package alone, which go before the advisory's own. */
  readonly ratings: readonly Rating[];
}

export interface AdvisoryDb {
  readonly info: DbInfo;
  /** Whether any advisory of this ecosystem (release and all: `Debian:12`) was imported. */
  hasEcosystem(ecosystem: string): boolean;
  /** Those of the names (written as `normalName` does) that any advisory speaks of: one question for a whole tree. */
  known(ecosystem: string, names: readonly string[]): ReadonlySet<string>;
  /** What speaks of the package; `name` as `normalName` of `ecosystems.ts` writes it. */
  affected(ecosystem: string, name: string): readonly Affected[];
  advisory(key: number): Advisory;
  /** Advisories that are, or have among their aliases, `id`. */
  related(id: string): readonly Advisory[];
  close(): void;
}

export type ImportProgress = {
  /** The file being read, relative to the source. */
  readonly file: string;
  /** Records read so far, over all files. */
  readonly records: number;
};

export interface ImportOptions {
  /** What to call it in reports; default `OSV`. */
  readonly name?: string;
  /** What to give as `DbInfo.source`; default: the path imported from. */
  readonly source?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportResult extends DbInfo {
  /** The first few broken records: where, and what is wrong with them. */
  readonly problems: readonly string[];
}
