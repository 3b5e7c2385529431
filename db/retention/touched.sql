-- What the batches of the file $1 touched: whoever undoes, redoes or replays there holds these locks.
SELECT DISTINCT b.dataset, t.datasource_id FROM ingest_batch b JOIN ingest_batch_datasource t USING (batch_id)
WHERE b.file_sha256 = $1 AND b.dataset IS NOT NULL ORDER BY 1, 2
