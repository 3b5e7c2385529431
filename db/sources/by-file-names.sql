-- Datasources by whose external id or alias, followed by - or ., the names of files begin. $1 the names; at: place of the name, from 1.
-- The longest handle first.
SELECT n.at::int AS at, d.id, d.external_id, d.timezone, h.handle
FROM unnest($1::text[]) WITH ORDINALITY AS n(name, at)
JOIN (
  SELECT id, btrim(external_id) AS handle FROM datasource
  UNION ALL SELECT datasource_id, btrim(value) FROM datasource_alias
) h ON h.handle <> '' AND (starts_with(lower(n.name), lower(h.handle) || '-') OR starts_with(lower(n.name), lower(h.handle) || '.'))
JOIN datasource d ON d.id = h.id
ORDER BY n.at, length(h.handle) DESC, d.id
