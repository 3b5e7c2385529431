-- What each source has in its range: number, first and last reading, and a line for each measure. $1 ids, $2 from, $3 to.
SELECT source.id AS datasource_id, fact.*
FROM unnest($1::int[], $2::{type}[], $3::{type}[]) AS source (id, lo, hi)
CROSS JOIN LATERAL (
    SELECT count(*)::int AS rows, {first} AS first, {last} AS last, jsonb_build_object({measures}) AS measures
    FROM {rows} AS fact
    WHERE fact.datasource_id = source.id AND fact.{time} >= source.lo AND fact.{time} < source.hi
) AS fact
ORDER BY source.id
