-- Strategy "update": new rows are inserted, rows that differ go to history and are overwritten in the columns that the file supplies,
-- rows that say the same are not written at all. $1 batch, $2 the instant at which it takes effect, $3 whether anything was ever undone:
-- a version that an undo brought back stands in the table since then, not since its own batch was applied.
-- The staging table is read through a subquery: a distributed table refuses a direct join with a temporary one.
WITH found AS MATERIALIZED (
  SELECT s.*, f.datasource_id IS NULL AS is_new, {old_values},
         f.batch_id AS old_batch_id, f.source_row AS old_source_row, f.quality AS old_quality
  FROM (SELECT * FROM {stage}) s
  LEFT JOIN {table} f ON f.datasource_id = s.datasource_id AND f.{time} = s.{time}
  WHERE f.datasource_id IS NULL OR {differs}
), inserted AS (
  INSERT INTO {table} (datasource_id, {time}, {measures}, batch_id, source_row, quality)
  SELECT datasource_id, {time}, {measures}, $1::uuid, source_row, quality FROM found WHERE is_new
), closed AS (
  INSERT INTO {history} (datasource_id, {time}, {all_measures}, batch_id, source_row, quality, valid_from, valid_to, closed_by, reason)
  SELECT n.datasource_id, n.{time}, {old_measures}, n.old_batch_id, n.old_source_row, n.old_quality,
         greatest(coalesce(b.applied_at, b.created_at),
                  CASE WHEN $3::boolean THEN (SELECT max(h.valid_to) FROM {history} h WHERE h.datasource_id = n.datasource_id AND h.{time} = n.{time}) END),
         $2::timestamptz, $1::uuid, 'update'
  FROM found n JOIN ingest_batch b ON b.batch_id = n.old_batch_id
  WHERE NOT n.is_new
), updated AS (
  UPDATE {table} f
  SET {assignments}, batch_id = $1::uuid, source_row = n.source_row, quality = n.quality
  FROM found n
  WHERE NOT n.is_new AND f.datasource_id = n.datasource_id AND f.{time} = n.{time}
)
SELECT coalesce(sum(records) FILTER (WHERE is_new), 0)::bigint AS added,
       coalesce(sum(records) FILTER (WHERE NOT is_new), 0)::bigint AS differing
FROM found
