/**
 * One record of the OSV schema (ossf.github.io/osv-schema), reduced to what matching and reporting need. Checked by
 * hand and not by a schema library: half a million records are read in one import.
 */
import type { Rating } from '../../report/model.ts';
import { ratingsOf } from './ratings.ts';

/** A record cannot be used; the message says why, for the importer's list of problems. */
export class BrokenRecord extends Error {}

export interface OsvAffected {
  /** With its release where it has one: `Debian:12`. */
  readonly ecosystem: string;
  readonly name: string;
  /** Each `introduced, 0, fixed, 1.2`: kind and version in turn, as the record orders them. */
  readonly ranges: string[][];
  readonly versions: string[];
  /** Ratings for this package alone. */
  readonly ratings: Rating[];
}

export interface OsvRecord {
  readonly id: string;
  /** RFC 3339; empty where missing. */
  readonly modified: string;
  readonly withdrawn: boolean;
  readonly aliases: string[];
  readonly upstream: string[];
  readonly summary: string;
  readonly ratings: Rating[];
  readonly references: string[];
  readonly cwes: number[];
  readonly affected: OsvAffected[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const longestName = 1024;
const longestSummary = 2000;
const mostReferences = 20;
const mostAliases = 1000;

/**
 * Reads a record from its JSON text.
 * @throws BrokenRecord when it is no JSON or breaks the schema where it matters.
 */
export function readOsvRecord(text: string): OsvRecord {
  const record = parseJson(text);
  if (!isFields(record)) throw new BrokenRecord('is no JSON object');
  const id = record['id'];
  if (typeof id !== 'string' || id === '' || id.length > longestName)
    throw new BrokenRecord('has no usable id');
  const affected = listOf(record['affected'], 'affected');
  return {
    id,
    modified: typeof record['modified'] === 'string' ? record['modified'] : '',
    withdrawn: typeof record['withdrawn'] === 'string' && record['withdrawn'] !== '',
    aliases: names(record['aliases'], 'aliases', id),
    upstream: names(record['upstream'], 'upstream', id),
    summary: summaryOf(record),
    ratings: ratingsOf(record, id),
    references: referencesOf(record['references']),
    cwes: cwesOf(record['database_specific']),
    affected: affected.flatMap((entry) => affectedOf(entry, id)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BrokenRecord('is no JSON');
  }
}

/** A list, or none; the schema's tools write `null` for an empty one. */
function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BrokenRecord(`has a field ${where} that is no list`);
  return value;
}

function names(value: unknown, where: string, own: string): string[] {
  const list = listOf(value, where).filter(
    (name): name is string =>
      typeof name === 'string' && name !== '' && name !== own && name.length <= longestName,
  );
  return [...new Set(list)].slice(0, mostAliases);
}

function summaryOf(record: Fields): string {
  for (const key of ['summary', 'details']) {
    const text = record[key];
    if (typeof text !== 'string' || text.trim() === '') continue;
    const trimmed = text.trim();
    return trimmed.length <= longestSummary ? trimmed : `${trimmed.slice(0, longestSummary).trimEnd()} …`;
  }
  return '';
}

/** Advisories first: a report shows the first ones. */
function referencesOf(value: unknown): string[] {
  const found: string[][] = [[], []];
  for (const reference of listOf(value, 'references')) {
    if (!isFields(reference)) continue;
    const { url, type } = reference;
    if (typeof url === 'string' && /^https?:\/\//.test(url)) found[type === 'ADVISORY' ? 0 : 1]?.push(url);
  }
  return [...new Set(found.flat())].slice(0, mostReferences);
}

function cwesOf(specific: unknown): number[] {
  if (!isFields(specific) || !Array.isArray(specific['cwe_ids'])) return [];
  const numbers = specific['cwe_ids'].flatMap((cwe) => {
    const match = typeof cwe === 'string' ? /^CWE-(\d{1,6})$/.exec(cwe) : null;
    return match ? [Number(match[1])] : [];
  });
  return [...new Set(numbers)];
}

/** None where the entry names no package or only commits: those are not matched by version. */
function affectedOf(entry: unknown, id: string): OsvAffected[] {
  if (!isFields(entry)) throw new BrokenRecord('has an affected entry that is no object');
  const named = entry['package'];
  if (named === undefined || named === null) return [];
  if (!isFields(named)) throw new BrokenRecord('has a package that is no object');
  const { ecosystem, name } = named;
  if (typeof ecosystem !== 'string' || typeof name !== 'string' || ecosystem === '' || name === '') {
    throw new BrokenRecord('has a package without ecosystem or name');
  }
  if (ecosystem.length > longestName || name.length > longestName)
    throw new BrokenRecord('has an endless name');
  const ranges = listOf(entry['ranges'], 'ranges').flatMap(rangeOf);
  const versions = listOf(entry['versions'], 'versions').filter((text) => typeof text === 'string');
  if (ranges.length === 0 && versions.length === 0) return [];
  return [{ ecosystem, name, ranges, versions, ratings: ratingsOf(entry, id) }];
}

const eventKinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

function rangeOf(range: unknown): string[][] {
  if (!isFields(range)) throw new BrokenRecord('has a range that is no object');
  if (range['type'] === 'GIT') return [];
  if (range['type'] !== 'SEMVER' && range['type'] !== 'ECOSYSTEM') {
    throw new BrokenRecord('has a range of an unknown type');
  }
  const events: string[] = [];
  for (const event of listOf(range['events'], 'events')) {
    if (!isFields(event)) throw new BrokenRecord('has an event that is no object');
    for (const kind of eventKinds) {
      const version = event[kind];
      if (version === undefined) continue;
      if (typeof version !== 'string') throw new BrokenRecord('has an event whose version is no text');
      events.push(kind, version);
    }
  }
  if (!events.includes('introduced')) throw new BrokenRecord('has a range in which nothing is introduced');
  return [events];
}
