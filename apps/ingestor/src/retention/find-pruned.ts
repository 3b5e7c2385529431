// Which files are missing because the policy of keeping took them. Removes nothing.
import type { Connection } from '@cei-inoe/shared/database';

/** Of files that are not in the archive: those that were removed by policy. */
export async function findPruned(connection: Connection, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const { rows } = await connection.query<{ sha256: string }>(
    'SELECT file_sha256 AS sha256 FROM pruned_file WHERE file_sha256 = ANY ($1::text[])',
    [hashes],
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}
