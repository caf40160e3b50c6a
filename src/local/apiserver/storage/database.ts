/** The SQLite file under the store. Everything is synchronous: a write has reached the file when it returns. */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { ScanLinkError, messageOf } from '../../../lib/errors.ts';
import { Stored } from './stored.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    revision INTEGER NOT NULL, updated INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS objects_key ON objects (resource, namespace, name);
  CREATE TABLE IF NOT EXISTS revision (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL);
  INSERT OR IGNORE INTO revision VALUES (1, 1);
`;

/** One row as SQLite gives it. */
interface Row {
  resource: string;
  namespace: string;
  name: string;
  revision: number;
  json: string;
}

const toStored = (row: Row): Stored =>
  new Stored(row.resource, row.namespace, row.name, row.revision, row.json);

export interface PageQuery {
  /** One namespace only. */
  readonly namespace?: string;
  /** Rows after this key, in the order namespace, name. */
  readonly after?: readonly [namespace: string, name: string];
  readonly limit: number;
}

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * The lock is exclusive for as long as the file is open: two servers over one file would each answer from their own
   * memory. WAL with synchronous=NORMAL loses nothing acknowledged when the process is killed; a power cut may take
   * the last writes but never damages the file.
   */
  constructor(file: string) {
    try {
      this.#db = new DatabaseSync(file, { timeout: 2000 });
      this.#db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
      this.#db.exec('PRAGMA cache_size=-2048; PRAGMA wal_autocheckpoint=1000; PRAGMA temp_store=MEMORY');
      this.#db.exec(schema);
    } catch (error) {
      const busy = /locked|busy/i.test(messageOf(error));
      throw new ScanLinkError(
        busy
          ? `${file} is in use by another scanlink; stop that one or choose another --data-dir`
          : `${file} cannot be opened as the API server's database: ${messageOf(error)}`,
        { code: busy ? 'DataDirInUse' : 'DatabaseUnusable', cause: error },
      );
    }
  }

  #prepare(sql: string): StatementSync {
    const found = this.#statements.get(sql);
    if (found) return found;
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  revision(): number {
    const row = this.#prepare('SELECT value FROM revision').get() as { value: number };
    return row.value;
  }

  get(resource: string, namespace: string, name: string): Stored | undefined {
    const row = this.#prepare(
      'SELECT resource, namespace, name, revision, json FROM objects WHERE resource=? AND namespace=? AND name=?',
    ).get(resource, namespace, name);
    return row && toStored(row as unknown as Row);
  }

  /** At most `limit` objects in the order namespace, name. */
  page(resource: string, query: PageQuery): Stored[] {
    const [afterNamespace, afterName] = query.after ?? ['', ''];
    const rows =
      query.namespace === undefined
        ? this.#prepare(
            `SELECT resource, namespace, name, revision, json FROM objects
             WHERE resource=? AND (namespace, name) > (?, ?) ORDER BY namespace, name LIMIT ?`,
          ).all(resource, afterNamespace, afterName, query.limit)
        : this.#prepare(
            `SELECT resource, namespace, name, revision, json FROM objects
             WHERE resource=? AND namespace=? AND name > ? ORDER BY name LIMIT ?`,
          ).all(resource, query.namespace, afterName, query.limit);
    return (rows as unknown as Row[]).map(toStored);
  }

  count(resource: string, namespace?: string): number {
    const row =
      namespace === undefined
        ? this.#prepare('SELECT count(*) AS n FROM objects WHERE resource=?').get(resource)
        : this.#prepare('SELECT count(*) AS n FROM objects WHERE resource=? AND namespace=?').get(
            resource,
            namespace,
          );
    return (row as { n: number }).n;
  }

  /** Names of the resources that hold at least one object, in one namespace or in all. */
  resources(namespace?: string): string[] {
    const rows =
      namespace === undefined
        ? this.#prepare('SELECT DISTINCT resource FROM objects').all()
        : this.#prepare('SELECT DISTINCT resource FROM objects WHERE namespace=?').all(namespace);
    return rows.map((row) => String(row['resource']));
  }

  /** Objects of `resource` last written before `updated` (ms). */
  olderThan(resource: string, updated: number, limit: number): Stored[] {
    const rows = this.#prepare(
      `SELECT resource, namespace, name, revision, json FROM objects
       WHERE resource=? AND updated < ? LIMIT ?`,
    ).all(resource, updated, limit);
    return (rows as unknown as Row[]).map(toStored);
  }

  /** `[owner's uid, resource, namespace, name]` of every object that has an owner. */
  owners(): [string, string, string, string][] {
    const rows = this.#prepare(
      `SELECT json_extract(owner.value, '$.uid') AS uid, resource, namespace, name
       FROM objects, json_each(objects.json, '$.metadata.ownerReferences') AS owner`,
    ).all();
    return rows.map((row) => [
      String(row['uid']),
      String(row['resource']),
      String(row['namespace']),
      String(row['name']),
    ]);
  }

  put(stored: Stored, updated: number): void {
    this.#write(stored.revision, () => {
      this.#prepare(
        `INSERT INTO objects (resource, namespace, name, revision, updated, json) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (resource, namespace, name)
         DO UPDATE SET revision=excluded.revision, updated=excluded.updated, json=excluded.json`,
      ).run(stored.resource, stored.namespace, stored.name, stored.revision, updated, stored.text);
    });
  }

  remove(stored: Stored, revision: number): void {
    this.#write(revision, () => {
      this.#prepare('DELETE FROM objects WHERE resource=? AND namespace=? AND name=?').run(
        stored.resource,
        stored.namespace,
        stored.name,
      );
    });
  }

  #write(revision: number, change: () => void): void {
    this.#prepare('BEGIN IMMEDIATE').run();
    try {
      change();
      this.#prepare('UPDATE revision SET value=? WHERE id=1').run(revision);
      this.#prepare('COMMIT').run();
    } catch (error) {
      this.#prepare('ROLLBACK').run();
      throw error;
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
