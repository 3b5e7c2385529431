-- All rows of {table} in the given ranges. COPY takes no parameters, so the arrays are quoted literals.
SELECT {columns}
FROM (SELECT * FROM unnest({ids}::int[], {lows}::{type}[], {highs}::{type}[]) AS given (id, lo, hi) ORDER BY id) AS source
CROSS JOIN LATERAL (
    SELECT * FROM {rows} AS reading
    WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
    ORDER BY {time}
) AS fact
ORDER BY source.id, fact.{time}
