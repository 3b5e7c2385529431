-- Batches of dataset $2 that count and share a range with batch $1, in the order in which they took effect. $1 itself is one, if it counts.
SELECT b.batch_id, b.source_name, b.file_sha256, b.size_bytes, b.source_type, b.context, b.created_at, b.datasource_id, m.name AS mapping_name, m.yaml
FROM ingest_batch b LEFT JOIN mapping_version m ON m.sha256 = b.mapping_sha256
WHERE b.status = 'completed' AND NOT b.dry_run AND b.dataset = $2 AND EXISTS (
  SELECT 1 FROM ingest_batch_datasource o JOIN ingest_batch_datasource t ON t.datasource_id = o.datasource_id AND t.batch_id = $1
  WHERE o.batch_id = b.batch_id AND o.last >= t.first AND o.first <= t.last
)
ORDER BY b.applied_seq
