(SELECT mode() WITHIN GROUP (ORDER BY gap) FROM (
    SELECT extract(epoch FROM {time} - lag({time}) OVER (ORDER BY {time}))::float8 AS gap
    FROM (
        SELECT {time} FROM {rows} AS reading
        WHERE datasource_id = source.id AND {time} >= source.lo AND {time} < source.hi
        ORDER BY {time} DESC LIMIT 1000
    ) AS recent
) AS gaps WHERE gap > 0)
