-- Strategy "update" in one pass, where the server gives old versions back (PostgreSQL 18): new rows are inserted, rows that differ are
-- overwritten in the columns that the file supplies, their version before goes to history; what says the same is not touched at all.
-- The joins of update.sql and overwrite.sql are one here. $1, $2 and $3, and why the staging table is read through a subquery: there.
WITH merged AS (
  MERGE INTO {table} f
  USING (SELECT * FROM {stage}) s ON f.datasource_id = s.datasource_id AND f.{time} = s.{time}
  WHEN MATCHED AND {differs} THEN
    UPDATE SET {assignments}, batch_id = $1::uuid, source_row = s.source_row, quality = s.quality
  WHEN NOT MATCHED THEN
    INSERT (datasource_id, {time}, {measures}, batch_id, source_row, quality)
    VALUES (s.datasource_id, s.{time}, {staged_measures}, $1::uuid, s.source_row, s.quality)
  RETURNING merge_action() = 'INSERT' AS is_new, s.records, s.datasource_id, s.{time}, {returned_values},
            old.batch_id AS old_batch_id, old.source_row AS old_source_row, old.quality AS old_quality
), {closed}
SELECT coalesce(sum(records) FILTER (WHERE is_new), 0)::bigint AS added,
       coalesce(sum(records) FILTER (WHERE NOT is_new), 0)::bigint AS differing
FROM merged
