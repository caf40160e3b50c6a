/** Brings a database's schema up to this program's. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { storeFailure } from './failures.ts';
import type { Flavour } from './flavour.ts';
import type { Migration } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Any number that nothing else uses: PostgreSQL's advisory locks are named by numbers. */
const lockNumber = 7_302_117;

export interface MigrateOptions {
  readonly db: Kysely<Tables>;
  readonly flavour: Flavour;
  readonly migrations: readonly Migration[];
  /** Said in messages: a file, or a URL without its password. */
  readonly where: string;
  readonly now: number;
  /** Called before an older schema is changed; what it throws keeps the database as it is. */
  readonly backup?: (from: number) => Promise<void>;
}

/**
 * Runs what is missing, all of it or nothing: one transaction, under a lock, so that of two servers that start at once
 * one migrates and the other finds it done.
 * @throws ScanLinkError `StoreDatabaseTooNew`, and what the database or the backup throws
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const newest = options.migrations.at(-1)?.version ?? 0;
  const found = await versionOf(options);
  if (found === newest) return;
  refuseNewer(found, newest, options.where);
  if (found > 0) await options.backup?.(found);
  await options.db.transaction().execute(async (transaction) => {
    if (options.flavour.name === 'postgres')
      await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(transaction);
    await sql`create table if not exists schema_versions
      (version integer primary key, name text not null, applied_at bigint not null)`.execute(transaction);
    // Another server may have been faster while we waited for the lock.
    const from = await highest(transaction);
    refuseNewer(from, newest, options.where);
    for (const { version, name, statements } of options.migrations) {
      if (version <= from) continue;
      for (const statement of statements(options.flavour)) await sql.raw(statement).execute(transaction);
      await transaction
        .insertInto('schema_versions')
        .values({ version, name, applied_at: options.now })
        .execute();
    }
  });
}

function refuseNewer(found: number, newest: number, where: string): void {
  if (found <= newest) return;
  throw storeFailure(
    'StoreDatabaseTooNew',
    `${where} has schema version ${found}, and this scanlink knows versions up to ${newest}: use the newer scanlink that wrote it, or restore a backup of version ${newest}`,
  );
}

async function versionOf({ db, flavour }: MigrateOptions): Promise<number> {
  const exists =
    flavour.name === 'sqlite'
      ? sql<{
          n: number;
        }>`select count(*) as n from sqlite_master where type = 'table' and name = 'schema_versions'`
      : sql<{ n: number }>`select count(*) as n from pg_tables
          where schemaname = current_schema() and tablename = 'schema_versions'`;
  const { rows } = await exists.execute(db);
  return (rows[0]?.n ?? 0) === 0 ? 0 : highest(db);
}

async function highest(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('schema_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}
