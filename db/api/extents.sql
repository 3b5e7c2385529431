-- First and last time of {table} in each range, from the ends of the primary key. $1 ids, $2 from, $3 to: a range per id.
-- As seconds since 1970, or as days for a table of days; `from` and `to` are null where the range has no bound.
-- `step`: the most usual distance in seconds between the last thousand readings.
SELECT source.id,
       {lo} AS "from",
       {hi} AS "to",
       {first} AS first,
       {last} AS last,
       {step} AS step
FROM unnest($1::int[], $2::{type}[], $3::{type}[]) AS source (id, lo, hi)
CROSS JOIN LATERAL (
    SELECT min({time}) AS first, max({time}) AS last FROM {rows} AS reading
    WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
) AS ends
