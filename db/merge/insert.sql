-- Strategies "ignore", "append" and "fail": new rows are inserted, all others are left as they are and only counted. $1 batch.
WITH found AS MATERIALIZED (
  SELECT s.*, f.datasource_id IS NULL AS is_new
  FROM (SELECT * FROM {stage}) s
  LEFT JOIN {table} f ON f.datasource_id = s.datasource_id AND f.{time} = s.{time}
  WHERE f.datasource_id IS NULL OR {differs}
), inserted AS (
  INSERT INTO {table} (datasource_id, {time}, {measures}, batch_id, source_row, quality)
  SELECT datasource_id, {time}, {measures}, $1::uuid, source_row, quality FROM found WHERE is_new
)
SELECT coalesce(sum(records) FILTER (WHERE is_new), 0)::bigint AS added,
       coalesce(sum(records) FILTER (WHERE NOT is_new), 0)::bigint AS differing
FROM found
