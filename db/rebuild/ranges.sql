-- The periods that the batches $1 touched, by source, joined where they overlap.
INSERT INTO {ranges} (datasource_id, first, last)
SELECT datasource_id, lower(period), {period_end}
FROM (
  SELECT t.datasource_id, unnest(range_agg({range}({first}, {last}, '[]'))) AS period
  FROM ingest_batch_datasource t JOIN ingest_batch b USING (batch_id) JOIN datasource d ON d.id = t.datasource_id
  WHERE t.batch_id = ANY ($1::uuid[]) AND t.first IS NOT NULL
  GROUP BY t.datasource_id
) p
