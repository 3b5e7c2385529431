-- Some readings that batch $1 changed or removed at the instant $2, at most $3 of each kind: what stood there, from history, and what
-- stands there now. Readings that only got another batch behind them are left out.
WITH closed AS (
  SELECT h.datasource_id, h.{time} AS at, {before} AS before, {after} AS after, f.datasource_id IS NULL AS goes
  FROM {history} h LEFT JOIN {table} f ON f.datasource_id = h.datasource_id AND f.{time} = h.{time}
  WHERE h.closed_by = $1 AND h.valid_to = $2::timestamptz
    AND (f.datasource_id IS NULL OR ({before_values}) IS DISTINCT FROM ({after_values}))
), numbered AS (
  SELECT *, row_number() OVER (PARTITION BY goes ORDER BY datasource_id, at) AS no FROM closed
)
SELECT d.external_id AS datasource, {written_time} AS time, n.before, CASE WHEN n.goes THEN NULL ELSE n.after END AS after
FROM numbered n JOIN datasource d ON d.id = n.datasource_id
WHERE n.no <= $3
ORDER BY n.goes, n.no
