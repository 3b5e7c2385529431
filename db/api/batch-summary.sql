-- Batches and their records by dataset and status; dry runs loaded nothing. $1 source, $2 dataset, $3 status, $4 source type, $5 from, $6 to, $7 fence, $8 who asks; null is any.
SELECT dataset,
       status,
       count(*) AS batches,
       sum(records_read) AS records_read,
       sum(records_inserted) AS records_inserted,
       sum(records_updated) AS records_updated,
       sum(records_unchanged) AS records_unchanged,
       sum(records_skipped) AS records_skipped,
       sum(records_rejected) AS records_rejected
FROM ingest_batch AS b
WHERE NOT b.dry_run
  AND ($1::int IS NULL OR datasource_id = $1
       OR EXISTS (SELECT FROM ingest_batch_datasource AS part WHERE part.batch_id = b.batch_id AND part.datasource_id = $1))
  AND ($2::text IS NULL OR dataset = $2)
  AND ($3::text IS NULL OR status = $3)
  AND ($4::text IS NULL OR source_type = $4)
  AND ($5::timestamptz IS NULL OR created_at >= $5)
  AND ($6::timestamptz IS NULL OR created_at < $6)
  AND {inside}
GROUP BY dataset, status
ORDER BY dataset NULLS LAST, status
