/** The store's own bearer tokens. */
import { createHash, randomBytes } from 'node:crypto';
import { clean } from './content.ts';
import { storeFailure } from './failures.ts';
import type { StoreDb } from './open.ts';
import type { Role } from './tables.ts';

export interface TokenInfo {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** By which a token found in a log or a commit is known to be one. */
const prefix = 'slst_';

/** 256 random bits need no slow hash: nobody guesses them. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** @returns the token itself, which is shown once and never again */
export async function createToken(
  { db, clock }: StoreDb,
  wanted: { name: string; role: Role; expiresAt?: number },
): Promise<{ token: string; info: TokenInfo }> {
  if (wanted.expiresAt !== undefined && wanted.expiresAt <= clock.now())
    throw storeFailure('StoreInputInvalid', 'the token would have expired before it was made');
  const token = prefix + randomBytes(32).toString('base64url');
  const row = {
    name: clean(wanted.name, 200),
    role: wanted.role,
    created_at: clock.now(),
    expires_at: wanted.expiresAt ?? null,
    revoked_at: null,
  };
  const { id } = await db
    .insertInto('tokens')
    .values({ ...row, hash: hashOf(token) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { token, info: infoOf({ ...row, id }) };
}

/** Who has this token; undefined when nobody has, or not any more. */
export async function findToken({ db, clock }: StoreDb, token: string): Promise<TokenInfo | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('hash', '=', hashOf(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (!row || (row.expires_at !== null && row.expires_at <= clock.now())) return undefined;
  return infoOf(row);
}

export async function listTokens({ db }: StoreDb): Promise<TokenInfo[]> {
  const rows = await db.selectFrom('tokens').selectAll().orderBy('id').execute();
  return rows.map(infoOf);
}

/** @throws ScanLinkError `StoreInputInvalid` when there is no such token, or it is revoked already */
export async function revokeToken({ db, clock }: StoreDb, id: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('tokens')
    .set({ revoked_at: clock.now() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n)
    throw storeFailure('StoreInputInvalid', `there is no token ${id} that could be revoked`);
}

interface TokenRow {
  id: number;
  name: string;
  role: Role;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

function infoOf(row: TokenRow): TokenInfo {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
