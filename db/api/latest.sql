-- The last row of {table} in each range, as the text of a JSON array. $1 ids, $2 from, $3 to: a range per id.
SELECT '[' || coalesce(string_agg({json}, ',' ORDER BY fact.datasource_id), '') || ']' AS data
FROM unnest($1::int[], $2::{type}[], $3::{type}[]) AS source (id, lo, hi)
CROSS JOIN LATERAL (
    SELECT * FROM {rows} AS reading
    WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
    ORDER BY {time} DESC
    LIMIT 1
) AS fact
