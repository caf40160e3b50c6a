/** Retention and garbage collection: in small steps, so that no writer waits for long. */
import { sql } from 'kysely';
import type { StoreDb } from './open.ts';
import { retryOnConflict } from './retry.ts';

export interface Retention {
  /** Reports that were last seen longer ago are dropped. */
  readonly maxAgeMs?: number;
  /** Of each artifact so many reports are kept, newest first. */
  readonly keep?: number;
}

/** How many rows went. */
export interface Collected {
  reports: number;
  contents: number;
  documents: number;
  packages: number;
  vulnerabilities: number;
}

/** Rows a transaction takes at most; of contents fewer, since each has hundreds of rows elsewhere. */
const step = { reports: 200, contents: 20, others: 500 };

/** The newest report of an artifact always stays. What no report needs any more goes, whatever the retention. */
export async function collectGarbage(
  store: StoreDb,
  { maxAgeMs, keep }: Retention = {},
  signal?: AbortSignal,
): Promise<Collected> {
  const oldest = maxAgeMs === undefined ? -1 : store.clock.now() - maxAgeMs;
  const most = keep ?? Number.MAX_SAFE_INTEGER;
  const doomed = sql<{ id: number }>`select id from (
      select r.id, r.seen_at, a.report_id,
        row_number() over (partition by r.artifact_id order by r.seen_at desc, r.id desc) as place
      from reports r join artifacts a on a.id = r.artifact_id) as ranked
    where id <> report_id and (seen_at < ${oldest} or place > ${most}) limit ${step.reports}`;
  const orphan = (table: string, key: string, user: string, column: string, limit: number) =>
    sql<{ id: number | string }>`select ${sql.ref(key)} as id from ${sql.table(table)} t
      where not exists (select 1 from ${sql.table(user)} u where u.${sql.ref(column)} = t.${sql.ref(key)})
      limit ${limit}`;

  const all = async (
    find: { execute: (db: StoreDb['db']) => Promise<{ rows: { id: number | string }[] }> },
    tables: readonly (readonly [table: string, column: string])[],
  ): Promise<number> => {
    let count = 0;
    for (;;) {
      signal?.throwIfAborted();
      const ids = await retryOnConflict(() =>
        store.db.transaction().execute(async (db) => {
          const { rows } = await find.execute(db);
          const found = rows.map((row) => row.id);
          if (found.length === 0) return found;
          for (const [table, column] of tables) {
            const list = sql.join(found);
            await sql`delete from ${sql.table(table)} where ${sql.ref(column)} in (${list})`.execute(db);
          }
          return found;
        }),
      );
      if (ids.length === 0) return count;
      count += ids.length;
    }
  };

  return {
    reports: maxAgeMs === undefined && keep === undefined ? 0 : await all(doomed, [['reports', 'id']]),
    contents: await all(orphan('contents', 'id', 'reports', 'content_id', step.contents), [
      ['findings', 'content_id'],
      ['content_packages', 'content_id'],
      ['contents', 'id'],
    ]),
    documents: await all(orphan('documents', 'digest', 'reports', 'document_digest', step.others), [
      ['documents', 'digest'],
    ]),
    packages: await all(orphan('packages', 'id', 'content_packages', 'package_id', step.others), [
      ['packages', 'id'],
    ]),
    vulnerabilities: await all(orphan('vulnerabilities', 'id', 'findings', 'vulnerability_id', step.others), [
      ['vulnerabilities', 'id'],
    ]),
  };
}
