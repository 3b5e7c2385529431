-- Strategy "update", first part: new rows are inserted, the stored version of rows that differ goes to history; what says the same is
-- not touched at all. $1 batch, $2 the instant at which it takes effect, $3 whether anything was ever undone: a version that an undo
-- brought back stands in the table since then, not since its own batch was applied.
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
), closed_before AS (
  -- One pass over the versions of the file's own range, not a look into history for every row.
  SELECT h.datasource_id, h.{time}, max(h.valid_to) AS valid_to
  FROM {history} h
  WHERE $3::boolean
    AND h.datasource_id BETWEEN (SELECT min(datasource_id) FROM found) AND (SELECT max(datasource_id) FROM found)
    AND h.{time} BETWEEN (SELECT min({time}) FROM found) AND (SELECT max({time}) FROM found)
  GROUP BY 1, 2
), closed AS (
  INSERT INTO {history} (datasource_id, {time}, {all_measures}, batch_id, source_row, quality, valid_from, valid_to, closed_by, reason)
  SELECT n.datasource_id, n.{time}, {old_measures}, n.old_batch_id, n.old_source_row, n.old_quality,
         greatest(coalesce(b.applied_at, b.created_at), c.valid_to), $2::timestamptz, $1::uuid, 'update'
  FROM found n
  JOIN ingest_batch b ON b.batch_id = n.old_batch_id
  LEFT JOIN closed_before c ON c.datasource_id = n.datasource_id AND c.{time} = n.{time}
  WHERE NOT n.is_new
)
SELECT coalesce(sum(records) FILTER (WHERE is_new), 0)::bigint AS added,
       coalesce(sum(records) FILTER (WHERE NOT is_new), 0)::bigint AS differing
FROM found
