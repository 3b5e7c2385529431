-- A reading and all that stood in its place before. $1 datasource, $2 time of the reading.
-- An earlier version stood until `until`, when batch `ended_by` took its place or was taken back. What had ended by `kept_from` is not told, as
-- some of it may be removed already; nor is a beginning before that, as it is reckoned from what stood there before.
SELECT NULL::timestamptz AS since, NULL::timestamptz AS until, NULL::uuid AS ended_by, NULL::text AS reason, fact.batch_id, fact.source_row, {json} AS reading
FROM {table} AS fact WHERE fact.datasource_id = $1 AND fact.{time} = $2::{type}
UNION ALL
SELECT CASE WHEN fact.valid_from > kept.since THEN fact.valid_from END, fact.valid_to, fact.closed_by, fact.reason, fact.batch_id, fact.source_row, {json}
FROM {table}_history AS fact
CROSS JOIN (SELECT coalesce((SELECT horizon FROM retention WHERE what = 'history'), '-infinity') AS since) AS kept
WHERE fact.datasource_id = $1 AND fact.{time} = $2::{type} AND fact.valid_to > kept.since
ORDER BY until DESC NULLS FIRST
