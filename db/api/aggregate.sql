-- One row for each interval of each source. $1 ids, $2 from, $3 to: one element for each interval, in the order of the answer.
SELECT values.*
FROM unnest($1::int[], $2::{type}[], $3::{type}[]) WITH ORDINALITY AS part (id, lo, hi, n)
CROSS JOIN LATERAL (
    SELECT {received}::int AS received, {columns} FROM {rows} AS fact
    WHERE fact.datasource_id = part.id AND fact.{time} >= part.lo AND fact.{time} < part.hi
) AS values
ORDER BY part.n
