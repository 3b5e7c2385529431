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
), {closed}
SELECT coalesce(sum(records) FILTER (WHERE is_new), 0)::bigint AS added,
       coalesce(sum(records) FILTER (WHERE NOT is_new), 0)::bigint AS differing
FROM found
