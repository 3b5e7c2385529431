-- The first batch with the bytes $1 that counts or may still come to count. $2 is the datasource, where known, $3 the file name:
-- the same bytes may rightly belong to two meters, and who the bytes of a waiting batch belong to, its name says. $4: the datasource was
-- named, and is not there yet: only a batch that waits can have the same bytes for it.
-- $5 fence and $6 who asks: `inside` tells whether the batch may be named.
SELECT b.batch_id, b.status, {inside} AS inside
FROM ingest_batch AS b
WHERE b.file_sha256 = $1
  AND b.status IN ('completed', 'pending', 'processing')
  AND NOT b.dry_run
  AND CASE
    WHEN $4::text IS NOT NULL THEN b.status <> 'completed' AND lower(btrim(b.context -> 'options' ->> 'datasource')) = lower(btrim($4::text))
    ELSE $2::int IS NULL
       OR b.datasource_id = $2::int
       OR EXISTS (SELECT FROM ingest_batch_datasource AS part WHERE part.batch_id = b.batch_id AND part.datasource_id = $2::int)
       OR (b.datasource_id IS NULL AND b.status <> 'completed' AND b.source_name = $3)
  END
ORDER BY b.created_at, b.batch_id
LIMIT 1
