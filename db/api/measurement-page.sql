-- One page of {table} as the text of a JSON array, and whether more rows follow: then the text ends with the first of these, which the caller
-- cuts off: to number the rows here took a fifth of the time.
-- $1 ids, $2 from, $3 to (a range per id), $4 rows wanted, $5 and $6 the key after which to begin, or null.
-- By source and time without an ORDER BY of the whole, which would sort once more: LATERAL with a LIMIT leaves PostgreSQL only the nested loop, source
-- by source as they come sorted; it stops as soon as the page is full. Nothing after that changes the order.
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
    LIMIT $4::int + 1
)
SELECT '[' || coalesce(string_agg({json}, ','), '') || ']' AS data, count(*) > $4::int AS more
FROM (SELECT * FROM page) AS fact
