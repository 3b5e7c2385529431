-- The periods that the batches $1 touched, and those given ($2 sources, $3 first, $4 last), by source, joined where they overlap.
INSERT INTO {ranges} (datasource_id, first, last)
SELECT datasource_id, lower(period), {period_end}
FROM (
  SELECT e.datasource_id, unnest(range_agg({range}(e.first, e.last, '[]'))) AS period
  FROM (
    SELECT t.datasource_id, {first} AS first, {last} AS last
    FROM ingest_batch_datasource t JOIN ingest_batch b USING (batch_id) JOIN datasource d ON d.id = t.datasource_id
    WHERE t.batch_id = ANY ($1::uuid[]) AND t.first IS NOT NULL
    UNION ALL
    SELECT g.datasource_id, {given_first}, {given_last}
    FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS g (datasource_id, first, last)
  ) e
  GROUP BY e.datasource_id
) p
