-- Brings the table, within the ranges, to what was rebuilt. Versions that go or change are closed in history, never lost.
-- $1 the batch that is undone, redone, or loaded in the place of another, $2 the instant, $3 the reason (of rows that go, it is always an undo).
WITH standing AS MATERIALIZED (
  SELECT f.* FROM {table} f JOIN (SELECT * FROM {ranges}) r ON r.datasource_id = f.datasource_id AND f.{time} BETWEEN r.first AND r.last
), compared AS MATERIALIZED (
  SELECT s.*, n.datasource_id IS NULL AS goes, (s.quality, {standing_measures}) IS DISTINCT FROM (n.quality, {rebuilt_measures}) AS differs
  FROM standing s LEFT JOIN (SELECT * FROM {rebuilt}) n ON n.datasource_id = s.datasource_id AND n.{time} = s.{time}
  WHERE n.datasource_id IS NULL
     OR (s.batch_id, s.source_row, s.quality, {standing_measures}) IS DISTINCT FROM (n.batch_id, n.source_row, n.quality, {rebuilt_measures})
), closed_before AS (
  SELECT h.datasource_id, h.{time}, max(h.valid_to) AS valid_to
  FROM {history} h
  JOIN (SELECT * FROM {ranges}) r ON r.datasource_id = h.datasource_id AND h.{time} BETWEEN r.first AND r.last
  GROUP BY 1, 2
), closed AS (
  INSERT INTO {history} (datasource_id, {time}, {measures}, batch_id, source_row, quality, valid_from, valid_to, closed_by, reason)
  SELECT c.datasource_id, c.{time}, {compared_measures}, c.batch_id, c.source_row, c.quality,
         greatest(coalesce(b.applied_at, b.created_at), p.valid_to),
         $2::timestamptz, $1::uuid, CASE WHEN c.goes THEN 'undo' ELSE $3 END
  FROM compared c
  JOIN ingest_batch b ON b.batch_id = c.batch_id
  LEFT JOIN closed_before p ON p.datasource_id = c.datasource_id AND p.{time} = c.{time}
), removed AS (
  DELETE FROM {table} f USING compared c WHERE c.goes AND f.datasource_id = c.datasource_id AND f.{time} = c.{time}
), changed AS (
  UPDATE {table} f SET {assignments}, batch_id = n.batch_id, source_row = n.source_row, quality = n.quality
  FROM compared c JOIN (SELECT * FROM {rebuilt}) n ON n.datasource_id = c.datasource_id AND n.{time} = c.{time}
  WHERE NOT c.goes AND f.datasource_id = c.datasource_id AND f.{time} = c.{time}
), added AS (
  INSERT INTO {table} (datasource_id, {time}, {measures}, batch_id, source_row, quality)
  SELECT n.datasource_id, n.{time}, {rebuilt_measures}, n.batch_id, n.source_row, n.quality
  FROM (SELECT * FROM {rebuilt}) n LEFT JOIN standing s ON s.datasource_id = n.datasource_id AND s.{time} = n.{time}
  WHERE s.datasource_id IS NULL
  RETURNING 1
)
SELECT (SELECT count(*) FROM compared WHERE goes)::int AS removed, (SELECT count(*) FROM compared WHERE NOT goes AND differs)::int AS changed,
       (SELECT count(*) FROM compared WHERE NOT goes AND NOT differs)::int AS unchanged,
       (SELECT count(*) FROM added)::int AS added
