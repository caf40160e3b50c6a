/** The advisory database as SQL. A change of shape is a new number: readers refuse what they do not know. */

/** `PRAGMA user_version`. */
export const schemaVersion = 1;
/** `PRAGMA application_id`: tells our files from other SQLite databases (`SLdb`). */
export const applicationId = 0x534c6462;

export const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE ecosystem (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  -- name as the ecosystem's rules normalise it
  CREATE TABLE package (id INTEGER PRIMARY KEY, ecosystem INTEGER NOT NULL, name TEXT NOT NULL);
  -- data: JSON [ranges, versions, ratings]
  CREATE TABLE affected (package INTEGER NOT NULL, advisory INTEGER NOT NULL, data TEXT NOT NULL);
  -- body: JSON [aliases, upstream, summary, ratings, references, cwes]
  CREATE TABLE advisory (key INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL);
  -- every name of an advisory: its id and its aliases
  CREATE TABLE alias (name TEXT NOT NULL, advisory INTEGER NOT NULL);
`;

/** Made when the rows are in: sorting once is cheaper than keeping order. */
export const indexes = `
  CREATE UNIQUE INDEX package_by_name ON package (ecosystem, name);
  CREATE INDEX affected_by_package ON affected (package);
  CREATE INDEX alias_by_name ON alias (name);
`;
