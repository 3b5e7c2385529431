-- The datasource that the option $1 names (external id, alias, or id), or else the one that the file name $2 begins with.
SELECT d.id, d.external_id
FROM datasource AS d
LEFT JOIN datasource_alias AS a ON a.datasource_id = d.id
CROSS JOIN LATERAL (VALUES (d.external_id, 1), (a.value, 2), (d.id::text, 3)) AS handle (value, rank)
WHERE CASE
    WHEN $1::text IS NOT NULL THEN lower(btrim(handle.value)) = lower(btrim($1::text))
    ELSE handle.rank < 3
         AND starts_with(lower($2::text), lower(handle.value))
         AND substr($2::text, length(handle.value) + 1, 1) IN ('-', '.')
END
ORDER BY CASE WHEN $1::text IS NULL THEN -length(handle.value) ELSE handle.rank END, d.id
LIMIT 1
FOR KEY SHARE OF d
