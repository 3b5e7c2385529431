-- One page of {table} as the text of a JSON array, and the key of its last row when more rows follow.
-- $1 ids, $2 from, $3 to (a range per id), $4 rows wanted, $5 and $6 the key after which to begin, or null.
-- The sources come sorted, so that PostgreSQL sorts one after the other and stops as soon as the page is full (10 times faster).
WITH source AS (
    SELECT id, CASE WHEN id = $5::int THEN greatest(lo, $6::{type} + {step}) ELSE lo END AS lo, hi
    FROM unnest($1::int[], $2::{type}[], $3::{type}[]) AS given (id, lo, hi)
    WHERE $5::int IS NULL OR id >= $5::int
    ORDER BY id
),
page AS (
    SELECT fact.*
    FROM source
    CROSS JOIN LATERAL (
        SELECT * FROM {rows} AS reading
        WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
        ORDER BY {time}
        LIMIT $4::int + 1
    ) AS fact
    ORDER BY source.id, fact.{time}
    LIMIT $4::int + 1
),
numbered AS (
    SELECT row_number() OVER (ORDER BY datasource_id, {time}) AS n, fact.* FROM page AS fact
)
SELECT '[' || coalesce(string_agg({json}, ',' ORDER BY n) FILTER (WHERE n <= $4::int), '') || ']' AS data,
       coalesce(max(n) > $4::int, false) AS more,
       max(datasource_id) FILTER (WHERE n = $4::int) AS last_id,
       max({time}) FILTER (WHERE n = $4::int)::text AS last_time
FROM numbered AS fact
