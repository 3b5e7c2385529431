// Gives the verifier's connection the staging rows that the old cleanup took after they were copied aside: evidence of who wrote what. Judges nothing.
import type { Queryable } from './old-side.ts';

const CHUNK = 5_000;

/** Fills the temporary table `gone_staging` of the caller's transaction, chunk by chunk: there may be as many as readings. */
export async function bringGone(target: Queryable, source: Queryable): Promise<void> {
  await source.query(
    `CREATE TEMPORARY TABLE gone_staging (tab text, staging_id int, file_id uuid, transformed_data jsonb, is_valid boolean, loaded_to_final boolean,
       created_at timestamptz) ON COMMIT DROP`,
  );
  for (let [tab, key] = ['', '']; ; ) {
    const { rows } = await target.query<{ rows: string; tab: string | null; key: string | null }>(
      `SELECT coalesce(json_agg(("row" - 'raw_data' - 'validation_errors') || jsonb_build_object('tab', tab)), '[]')::text AS rows,
         (array_agg(tab ORDER BY tab DESC, key DESC))[1] AS tab, (array_agg(key ORDER BY tab DESC, key DESC))[1] AS key
       FROM (SELECT tab, key, "row" FROM legacy_move.old
         WHERE gone AND tab LIKE 'staging%' AND ("row"->>'loaded_to_final')::boolean AND (tab, key) > ($1, $2) ORDER BY tab, key LIMIT $3) g`,
      [tab, key, CHUNK],
    );
    const [chunk] = rows;
    if (chunk === undefined || chunk.tab === null || chunk.key === null) break;
    [tab, key] = [chunk.tab, chunk.key];
    await source.query(
      `INSERT INTO gone_staging SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(tab text, staging_id int, file_id uuid, transformed_data jsonb,
         is_valid boolean, loaded_to_final boolean, created_at timestamptz)`,
      [chunk.rows],
    );
  }
  await source.query('ANALYZE gone_staging');
}
