-- Which datasource each of the folded names $1 belongs to already, as its external id or as one of its aliases.
SELECT lower(btrim(d.external_id)) AS name, d.external_id AS owner
FROM datasource d
WHERE lower(btrim(d.external_id)) = ANY ($1)
UNION
SELECT lower(btrim(a.value)), d.external_id
FROM datasource_alias a
JOIN datasource d ON d.id = a.datasource_id
WHERE a.kind = 'alias' AND lower(btrim(a.value)) = ANY ($1)
