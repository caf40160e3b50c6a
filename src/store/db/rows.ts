/** Many rows as one parameter: the SQL text stays the same for any number of them, and one round trip is enough. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Flavour } from './flavour.ts';

export type Cell = string | number;

/**
 * A table `(c0, c1, …)` of text columns with these rows, in their order; numbers are to be cast back.
 * @param alias what the query calls it
 */
export function rowsTable(
  flavour: Flavour,
  rows: readonly (readonly Cell[])[],
  width: number,
  alias: string,
): RawBuilder<unknown> {
  const columns = Array.from({ length: width }, (_, at) => `element.value ->> ${at} as c${at}`).join(', ');
  const [before = '', after = ''] = flavour.elements('?').split('?');
  return sql`(select ${sql.raw(columns)} from ${sql.raw(before)}${JSON.stringify(rows)}${sql.raw(after)} as element) as ${sql.raw(alias)}`;
}
