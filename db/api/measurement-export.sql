-- All rows of {table} in the given ranges. COPY takes no parameters, so the arrays are quoted literals.
-- By source and time without an ORDER BY of the whole, which would sort a fifth of the time: LATERAL leaves PostgreSQL only the nested
-- loop, source by source as they come sorted, as long as no other processes help (openCopy sees to that).
SELECT {columns}
FROM (SELECT * FROM unnest({ids}::int[], {lows}::{type}[], {highs}::{type}[]) AS given (id, lo, hi) ORDER BY id) AS source
CROSS JOIN LATERAL (
    SELECT * FROM {rows} AS reading
    WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
    ORDER BY {time}
) AS fact
