// API keys in the database: making, finding, listing, revoking. The key itself is shown once and stored nowhere.
import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';

export const SCOPES = ['read', 'ingest', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key as it may be shown. */
export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** null with `clients` null: no fence. */
  readonly datasource_ids: readonly number[] | null;
  readonly clients: readonly string[] | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

export interface KeyToMake {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly datasourceIds: readonly number[] | null;
  readonly clients: readonly string[] | null;
  readonly expiresAt: Date | null;
}

/** A key that is valid now, with the datasources inside its fence; null: all. */
export type FoundKey = ApiKey & { readonly fence: readonly number[] | null };

const COLUMNS =
  'id, name, prefix, scopes, datasource_ids, clients, created_at, expires_at, last_used_at, revoked_at' as const;

// 256 random bits: nobody guesses them, so a plain SHA-256 is enough to keep the key from who reads the table.
const makeSecret = (): string => `cei_${randomBytes(32).toString('base64url')}`;
const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest();
const PREFIX_CHARS = 10;

/** @throws Fault datasource_unknown for an id of the fence that there is none of */
export async function makeKey(pool: Pool, wanted: KeyToMake): Promise<{ readonly key: string; readonly row: ApiKey }> {
  await checkFence(pool, wanted.datasourceIds ?? []);
  const key = makeSecret();
  const { rows } = await pool.query<ApiKey>(
    `INSERT INTO api_key (name, prefix, hash, scopes, datasource_ids, clients, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
    [
      wanted.name,
      key.slice(0, PREFIX_CHARS),
      hashKey(key),
      wanted.scopes,
      wanted.datasourceIds,
      wanted.clients,
      wanted.expiresAt,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Fault('internal', 'The key was not stored.');
  return { key, row };
}

async function checkFence(pool: Pool, ids: readonly number[]): Promise<void> {
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM datasource WHERE id = ANY ($1::int[])', [ids]);
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  if (missing.length > 0) throw new Fault('datasource_unknown', `There is no datasource ${missing.join(', ')}.`);
}

const FIND = `
  SELECT ${COLUMNS}, CASE WHEN datasource_ids IS NOT NULL OR clients IS NOT NULL THEN
      ARRAY(SELECT d.id FROM datasource AS d WHERE d.id = ANY (k.datasource_ids) OR d.client = ANY (k.clients) ORDER BY d.id) END AS fence
  FROM api_key AS k
  WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`;

/** undefined for a key that is unknown, expired or revoked. */
export async function findKey(pool: Pool, key: string): Promise<FoundKey | undefined> {
  const { rows } = await pool.query<FoundKey>({ name: 'find_key', text: FIND, values: [hashKey(key)] });
  return rows[0];
}

/** Once a minute is enough to see which keys are in use. */
export async function noteUse(pool: Pool, { id, last_used_at: last }: ApiKey): Promise<void> {
  if (last !== null && Date.now() - last.getTime() < 60_000) return;
  await pool.query('UPDATE api_key SET last_used_at = clock_timestamp() WHERE id = $1', [id]);
}

export async function listKeys(pool: Pool): Promise<ApiKey[]> {
  return (await pool.query<ApiKey>(`SELECT ${COLUMNS} FROM api_key ORDER BY id`)).rows;
}

/** Revoking twice is once. @throws Fault key_unknown */
export async function revokeKey(pool: Pool, id: number): Promise<ApiKey> {
  const { rows } = await pool.query<ApiKey>(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id],
  );
  if (rows[0] === undefined) throw new Fault('key_unknown', `There is no key ${id}.`);
  return rows[0];
}
