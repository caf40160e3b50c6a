/** Opens the database under a store: a SQLite file, or PostgreSQL by its URL. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect } from 'kysely';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, ScanLinkError } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import type { Log } from '../../lib/log.ts';
import { storeFailure } from './failures.ts';
import { postgres, sqlite } from './flavour.ts';
import type { Flavour } from './flavour.ts';
import { migrate } from './migrate.ts';
import { migrations as ourMigrations } from './migrations.ts';
import type { Migration } from './migrations.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Tables } from './tables.ts';

/** An open database with its schema up to date. */
export interface StoreDb {
  readonly db: Kysely<Tables>;
  readonly flavour: Flavour;
  readonly clock: Clock;
  /** The file, or the URL without its password. */
  readonly where: string;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Path of a SQLite file, made when it is missing, or `postgres://user:password@host/database`. */
  readonly location: string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** For tests of migrating. */
  readonly migrations?: readonly Migration[];
}

/** @throws ScanLinkError `StoreDatabaseUnusable`, `StoreDatabaseTooNew` */
export async function openStoreDb(options: OpenOptions): Promise<StoreDb> {
  const isUrl = /^postgres(ql)?:\/\//.test(options.location);
  const opened = isUrl ? await openPostgres(options) : openSqlite(options.location);
  const { db, flavour, where, backup } = opened;
  const clock = options.clock ?? systemClock;
  try {
    const migrations = options.migrations ?? ourMigrations;
    await migrate({ db, flavour, migrations, where, now: clock.now(), backup });
  } catch (error) {
    await db.destroy().catch(() => {});
    if (error instanceof ScanLinkError) throw error;
    throw unusable(where, error);
  }
  return { db, flavour, clock, where, close: () => db.destroy() };
}

interface Opened {
  readonly db: Kysely<Tables>;
  readonly flavour: Flavour;
  readonly where: string;
  readonly backup?: (from: number) => Promise<void>;
}

/**
 * WAL lets a backup and a second process read while we write; FULL waits for the disk at each commit, so that what was
 * acknowledged survives a power cut too.
 */
function openSqlite(file: string): Opened {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file, { timeout: 2000 });
    database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON');
    database.exec('PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456');
    // From here on waiting is done by the dialect.
    database.exec('PRAGMA busy_timeout=0');
    return {
      db: new Kysely<Tables>({ dialect: sqliteDialect(database) }),
      flavour: sqlite,
      where: file,
      backup: async (from) => backUpBeforeMigrating(database, file, from),
    };
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Beside the file, written aside and renamed: a copy that is there is whole. */
function backUpBeforeMigrating(database: DatabaseSync, file: string, from: number): void {
  const target = `${file}.v${from}.backup`;
  const aside = `${target}.${process.pid}.new`;
  try {
    rmSync(aside, { force: true });
    database.prepare('vacuum into ?').run(aside);
    if (existsSync(target)) rmSync(target);
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw storeFailure(
      'StoreBackupFailed',
      `${file} was not migrated, since a copy of it cannot be made at ${target}: ${messageOf(error)}`,
      error,
    );
  }
}

/** PostgreSQL's number of the type of `count(*)` and of our ids: they stay below 2^53. */
const int8 = 20;

async function openPostgres({ location, log = silentLog }: OpenOptions): Promise<Opened> {
  const where = withoutPassword(location);
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: location,
    max: 10,
    connectionTimeoutMillis: 5000,
    statement_timeout: 60_000,
    application_name: 'scanlink-store',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that ends while nobody uses it is replaced by the next query.
  pool.on('error', (error) => log.warn({ err: error, where }, 'a connection to the database ended'));
  return { db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), flavour: postgres, where };
}

function withoutPassword(location: string): string {
  if (!URL.canParse(location)) return 'the PostgreSQL database';
  const url = new URL(location);
  return `${url.protocol}//${url.username ? `${url.username}@` : ''}${url.host}${url.pathname}`;
}

function unusable(where: string, error: unknown): ScanLinkError {
  return storeFailure(
    'StoreDatabaseUnusable',
    `${where} cannot be used as the metadata store's database: ${messageOf(error)}`,
    error,
  );
}
