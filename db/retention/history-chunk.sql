-- Removes, of $4 versions of source $2 that come after the time $3 (null: from the first on), those that had ended by $1.
-- Returns how many, and the time up to which it looked; null at the end. By the primary order of the index: each version is looked at once.
WITH chunk AS MATERIALIZED (
  SELECT max(c.at) AS last, count(*) AS size
  FROM (
    SELECT h.{time} AS at FROM {history} h
    WHERE h.datasource_id = $2 AND ($3::{type} IS NULL OR h.{time} > $3::{type}) ORDER BY h.{time} LIMIT $4
  ) c
), gone AS (
  DELETE FROM {history} h USING chunk c
  WHERE h.datasource_id = $2 AND ($3::{type} IS NULL OR h.{time} > $3::{type}) AND h.{time} <= c.last AND h.valid_to <= $1::timestamptz
  RETURNING 1
), counted AS (
  UPDATE retention SET removed = removed + (SELECT count(*) FROM gone) WHERE what = 'history' AND EXISTS (SELECT FROM gone)
)
SELECT (SELECT count(*) FROM gone)::int AS removed, CASE WHEN size = $4 THEN last::text END AS last FROM chunk
