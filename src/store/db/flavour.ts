/** In what SQLite and PostgreSQL differ for us; all other SQL is the same text on both. */
export interface Flavour {
  readonly name: 'sqlite' | 'postgres';
  /** A primary key that counts by itself and is never used twice. */
  readonly id: string;
  readonly bytes: string;
  /** After a table whose rows are found by their primary key only: keeps them in its order. */
  readonly clustered: string;
  /** A table function of a JSON array given as text: rows with one column `value`. */
  readonly elements: (parameter: string) => string;
}

export const sqlite: Flavour = {
  name: 'sqlite',
  id: 'integer primary key autoincrement',
  bytes: 'blob',
  clustered: ' without rowid',
  elements: (parameter) => `json_each(${parameter})`,
};

export const postgres: Flavour = {
  name: 'postgres',
  id: 'bigint generated always as identity primary key',
  bytes: 'bytea',
  clustered: '',
  elements: (parameter) => `jsonb_array_elements(cast(${parameter} as jsonb))`,
};
