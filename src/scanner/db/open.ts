/** Reads an advisory database. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ScanLinkError, messageOf } from '../../lib/errors.ts';
import { applicationId, schemaVersion } from './schema.ts';
import type { Advisory, AdvisoryDb, Affected, DbInfo } from './types.ts';

/** See `openDb` in `../index.ts`. */
export function openDb(dbPath: string): Promise<AdvisoryDb> {
  return Promise.resolve().then(() => new SqliteAdvisoryDb(path.resolve(dbPath)));
}

/** Packages whose advisories are kept as read: lists of versions can be long. */
const mostRecent = 1000;

type AffectedData = [Affected['ranges'], Affected['versions'], Affected['ratings']];
type AdvisoryBody = [
  Advisory['aliases'],
  Advisory['upstream'],
  Advisory['summary'],
  Advisory['ratings'],
  Advisory['references'],
  Advisory['cwes'],
];

class SqliteAdvisoryDb implements AdvisoryDb {
  readonly info: DbInfo;
  readonly #db: DatabaseSync;
  readonly #ecosystems = new Map<string, number>();
  readonly #advisories = new Map<number, Advisory>();
  /** Several packages have the same vulnerability, and the same package stands in several versions. */
  readonly #relatives = new Map<string, readonly Advisory[]>();
  readonly #recent = new Map<string, readonly Affected[]>();
  readonly #known;
  readonly #affected;
  readonly #advisory;
  readonly #related;

  constructor(file: string) {
    this.#db = open(file);
    try {
      this.info = readInfo(this.#db, file);
      for (const row of this.#db.prepare('SELECT id, name FROM ecosystem').all()) {
        this.#ecosystems.set(String(row['name']), Number(row['id']));
      }
      this.#known = this.#db.prepare(
        'SELECT p.name FROM json_each(?) n JOIN package p ON p.ecosystem = ? AND p.name = n.value',
      );
      this.#affected = this.#db.prepare(
        `SELECT a.advisory, a.data FROM package p JOIN affected a ON a.package = p.id
         WHERE p.ecosystem = ? AND p.name = ? ORDER BY a.advisory`,
      );
      this.#advisory = this.#db.prepare('SELECT id, body FROM advisory WHERE key = ?');
      this.#related = this.#db.prepare(
        'SELECT DISTINCT advisory FROM alias WHERE name = ? ORDER BY advisory',
      );
    } catch (error) {
      this.#db.close();
      throw error instanceof ScanLinkError ? error : invalid(file, error);
    }
  }

  hasEcosystem(ecosystem: string): boolean {
    return this.#ecosystems.has(ecosystem);
  }

  known(ecosystem: string, names: readonly string[]): ReadonlySet<string> {
    const id = this.#ecosystems.get(ecosystem);
    if (id === undefined) return new Set();
    return new Set(this.#known.all(JSON.stringify(names), id).map((row) => String(row['name'])));
  }

  affected(ecosystem: string, name: string): readonly Affected[] {
    const id = this.#ecosystems.get(ecosystem);
    if (id === undefined) return [];
    const key = `${id} ${name}`;
    const recent = this.#recent.get(key);
    if (recent) return recent;
    const found = this.#affected.all(id, name).map((row) => {
      const [ranges, versions, ratings]: AffectedData = JSON.parse(String(row['data']));
      return { advisory: Number(row['advisory']), ranges, versions, ratings };
    });
    if (this.#recent.size >= mostRecent) this.#recent.clear();
    this.#recent.set(key, found);
    return found;
  }

  advisory(key: number): Advisory {
    const known = this.#advisories.get(key);
    if (known) return known;
    const row = this.#advisory.get(key);
    if (!row) throw invalid(this.info.path, `it has no advisory ${key}`);
    const body: AdvisoryBody = JSON.parse(String(row['body']));
    const [aliases, upstream, summary, ratings, references, cwes] = body;
    const advisory = { id: String(row['id']), aliases, upstream, summary, ratings, references, cwes };
    this.#advisories.set(key, advisory);
    return advisory;
  }

  related(id: string): readonly Advisory[] {
    const known = this.#relatives.get(id);
    if (known) return known;
    const found = this.#related.all(id).map((row) => this.advisory(Number(row['advisory'])));
    this.#relatives.set(id, found);
    return found;
  }

  close(): void {
    this.#db.close();
  }
}

function open(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new ScanLinkError(
      `There is no advisory database at ${file}; "scanlink db import PATH" builds one from OSV records`,
      { code: 'DatabaseNotFound', where: { path: file } },
    );
  }
  try {
    return new DatabaseSync(file, { readOnly: true });
  } catch (error) {
    throw invalid(file, error);
  }
}

/** Both numbers are in the file's first page: a foreign or newer file is refused before anything else is read. */
function readInfo(db: DatabaseSync, file: string): DbInfo {
  const pragma = (name: string): number => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const found = pragma('user_version');
  if (pragma('application_id') !== applicationId)
    throw invalid(file, 'it is no advisory database of Scan Link');
  if (found > schemaVersion) {
    throw new ScanLinkError(
      `The advisory database ${file} has schema version ${found}, this program reads up to ${schemaVersion}: ` +
        'use a newer program, or import the advisories again with this one',
      { code: 'DatabaseTooNew', where: { path: file } },
    );
  }
  const row = db.prepare("SELECT value FROM meta WHERE key = 'info'").get();
  if (!row) throw invalid(file, 'its import did not finish');
  const info: Omit<DbInfo, 'path' | 'schemaVersion'> = JSON.parse(String(row['value']));
  const { date, ...others } = info;
  return { path: file, schemaVersion: found, ...others, ...(date ? { date } : {}) };
}

function invalid(file: string, cause: unknown): ScanLinkError {
  return new ScanLinkError(
    `The advisory database ${file} cannot be read: ${messageOf(cause)}; import it again with "scanlink db import"`,
    { code: 'DatabaseInvalid', where: { path: file }, cause },
  );
}
