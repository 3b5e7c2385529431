-- A reading and all that stood in its place before. $1 datasource, $2 time of the reading.
-- An earlier version stood until `until`, when batch `ended_by` took its place or was taken back.
SELECT NULL::timestamptz AS since, NULL::timestamptz AS until, NULL::uuid AS ended_by, NULL::text AS reason, fact.batch_id, fact.source_row, {json} AS reading
FROM {table} AS fact WHERE fact.datasource_id = $1 AND fact.{time} = $2::{type}
UNION ALL
SELECT fact.valid_from, fact.valid_to, fact.closed_by, fact.reason, fact.batch_id, fact.source_row, {json}
FROM {table}_history AS fact WHERE fact.datasource_id = $1 AND fact.{time} = $2::{type}
ORDER BY until DESC NULLS FIRST
