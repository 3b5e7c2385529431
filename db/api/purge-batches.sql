-- Removes the batches that touched no source but $1, with all that hangs on them, and gives the hashes of their files.
-- Batches that touched others too stay, as the lineage of those.
WITH own AS (
    SELECT b.batch_id
    FROM ingest_batch AS b
    WHERE (b.datasource_id = $1 OR b.batch_id = ANY ($2::uuid[]))
      AND NOT EXISTS (
          SELECT FROM ingest_batch_datasource AS part WHERE part.batch_id = b.batch_id AND part.datasource_id <> $1
      )
)
DELETE FROM ingest_batch AS b USING own WHERE b.batch_id = own.batch_id RETURNING b.file_sha256
