-- Replays readings of the new system into the old {table}: into the row each belongs to; else under its old key where that is free. What
-- finds its key taken by something else comes back, as the old table cannot hold it.
WITH given AS (
    SELECT g.*, g.old_key IS NULL AND row_number() OVER (PARTITION BY g.old_key IS NULL AND NOT g.is_gone, {given_key} ORDER BY g.fits DESC, g.at) = 1 AS is_first
    FROM jsonb_to_recordset($1::jsonb) AS g(datasource_id int, at timestamptz, is_gone boolean, old_key int, device_id int, batch_id uuid, wall timestamp, fits boolean, {types})
), removed AS (
    DELETE FROM {table} t USING given g WHERE g.is_gone AND t.{id} = g.old_key
), changed AS (
    UPDATE {table} t SET {sets}, source_file = coalesce(g.file, t.source_file)
    FROM (SELECT given.*, f.file_id AS file FROM given LEFT JOIN {files} f ON f.file_id = given.batch_id) g
    WHERE NOT g.is_gone AND t.{id} = g.old_key AND ROW({before}) IS DISTINCT FROM ROW({after})
), added AS (
    INSERT INTO {table} AS t ({key_columns}, {columns}, source_file, source_type, ingestion_method)
    SELECT {key_values}, {values}, f.file_id, '{source_type}', 'rollback' FROM given g LEFT JOIN {files} f ON f.file_id = g.batch_id
    WHERE NOT g.is_gone AND g.old_key IS NULL AND g.is_first AND {can_hold}
    ON CONFLICT ({key_columns}) DO NOTHING
    RETURNING {returned}
)
SELECT g.datasource_id, g.at::text AS at, to_jsonb(g) AS row,
       CASE WHEN {can_hold} THEN 'the old key is taken' WHEN NOT g.fits THEN 'the old clock means the other of two equal hours' ELSE 'the source has no old id' END AS reason
FROM given g
WHERE NOT g.is_gone AND g.old_key IS NULL
  AND NOT (g.is_first AND EXISTS (SELECT FROM added a WHERE {added_matches}))
  AND NOT EXISTS (SELECT FROM {table} t WHERE {standing_matches} AND t.source_file = g.batch_id AND ROW({before}) IS NOT DISTINCT FROM ROW({after}))
