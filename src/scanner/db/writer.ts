/** Fills an advisory database. Rows go in unsorted; `finish` sorts, sums up and says what is there. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { baseEcosystem, ecosystemOf } from '../ecosystems.ts';
import type { OsvRecord } from './osv-record.ts';
import { applicationId, indexes, schemaVersion, tables } from './schema.ts';
import type { EcosystemInfo } from './types.ts';

interface Known {
  readonly key: number;
  readonly modified: string;
  readonly checksum: number;
}

interface Tally {
  advisories: number;
  newest: string;
}

/** As RFC 3339; empty for no time, and for the year 1, which the Go database writes for it. */
function timeOf(text: string): string {
  if (!/^\d{4}-\d\d-\d\d/.test(text) || text.startsWith('0001')) return '';
  return text.length === 10 ? `${text}T00:00:00Z` : text;
}

export class DatabaseWriter {
  readonly #db: DatabaseSync;
  readonly #insert;
  /** Ids read so far: archives of several ecosystems repeat the records they share. */
  readonly #known = new Map<string, Known>();
  /** Keys whose record was replaced by a newer one. */
  readonly #replaced: number[] = [];
  readonly #ecosystems = new Map<string, number>();
  readonly #packages = new Map<string, Map<string, number>>();
  readonly #tallies = new Map<string, Tally>();
  #nextKey = 1;
  #nextPackage = 1;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(`
      PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
      PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};
      ${tables}
      BEGIN;`);
    this.#insert = {
      meta: db.prepare('INSERT INTO meta VALUES (?, ?)'),
      ecosystem: db.prepare('INSERT INTO ecosystem VALUES (?, ?)'),
      package: db.prepare('INSERT INTO package VALUES (?, ?, ?)'),
      affected: db.prepare('INSERT INTO affected VALUES (?, ?, ?)'),
      advisory: db.prepare('INSERT INTO advisory VALUES (?, ?, ?)'),
      alias: db.prepare('INSERT INTO alias VALUES (?, ?)'),
    };
  }

  /** Adds a record; `text` is what it was read from. Of two with one id the later modified stays, else the first. */
  add(record: OsvRecord, text: string): void {
    const known = this.#known.get(record.id);
    if (known) {
      if (record.modified <= known.modified) return;
      this.#replaced.push(known.key);
    }
    const key = this.#nextKey++;
    this.#known.set(record.id, { key, modified: record.modified, checksum: crc32(text) });
    const { aliases, upstream, summary, ratings, references, cwes } = record;
    const body = JSON.stringify([aliases, upstream, summary, ratings, references, cwes]);
    this.#insert.advisory.run(key, record.id, body);
    this.#insert.alias.run(record.id, key);
    for (const alias of aliases) this.#insert.alias.run(alias, key);
    const bases = new Set<string>();
    for (const { ecosystem, name, ranges, versions, ratings: own } of record.affected) {
      bases.add(baseEcosystem(ecosystem));
      this.#insert.affected.run(
        this.#packageId(ecosystem, name),
        key,
        JSON.stringify([ranges, versions, own]),
      );
    }
    // A replaced record was counted already.
    for (const base of bases) this.#count(base, record.modified, known ? 0 : 1);
  }

  get advisories(): number {
    return this.#known.size;
  }

  #packageId(ecosystem: string, name: string): number {
    let ecosystemId = this.#ecosystems.get(ecosystem);
    let packages = this.#packages.get(ecosystem);
    if (ecosystemId === undefined || packages === undefined) {
      ecosystemId = this.#ecosystems.size + 1;
      packages = new Map();
      this.#ecosystems.set(ecosystem, ecosystemId);
      this.#packages.set(ecosystem, packages);
      this.#insert.ecosystem.run(ecosystemId, ecosystem);
    }
    const normal = ecosystemOf(ecosystem).normalName(name);
    const known = packages.get(normal);
    if (known !== undefined) return known;
    const id = this.#nextPackage++;
    packages.set(normal, id);
    this.#insert.package.run(id, ecosystemId, normal);
    return id;
  }

  #count(base: string, modified: string, by: number): void {
    const tally = this.#tallies.get(base) ?? { advisories: 0, newest: '' };
    tally.advisories += by;
    const time = timeOf(modified);
    if (time > tally.newest) tally.newest = time;
    this.#tallies.set(base, tally);
  }

  /** Sorts, writes what `DbInfo` says beside `own`, and ends the transaction; the file is complete after it. */
  finish(own: { name: string; source: string; skipped: number; withdrawn: number }): void {
    this.#dropReplaced();
    const ecosystems = this.#ecosystemInfos();
    const newest =
      ecosystems
        .map((info) => info.newest ?? '')
        .sort()
        .at(-1) ?? '';
    const info = { ...own, version: this.#version(), date: newest, advisories: this.advisories, ecosystems };
    this.#insert.meta.run('info', JSON.stringify(info));
    this.#db.exec(indexes);
    this.#db.exec('COMMIT; ANALYZE;');
  }

  #dropReplaced(): void {
    if (this.#replaced.length === 0) return;
    const keys = JSON.stringify(this.#replaced);
    for (const [table, column] of [
      ['affected', 'advisory'],
      ['alias', 'advisory'],
      ['advisory', 'key'],
    ]) {
      this.#db.prepare(`DELETE FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?))`).run(keys);
    }
  }

  #ecosystemInfos(): EcosystemInfo[] {
    return [...this.#tallies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { advisories, newest }]) => ({ name, advisories, ...(newest === '' ? {} : { newest }) }));
  }

  /** The same records give the same, in whatever order they were read. */
  #version(): string {
    const hash = createHash('sha256');
    const lines = [...this.#known].map(([id, { checksum }]) => `${id} ${checksum}\n`).sort();
    for (const line of lines) hash.update(line);
    return hash.digest('hex').slice(0, 16);
  }
}
