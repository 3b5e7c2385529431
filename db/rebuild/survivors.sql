-- Batches of dataset $1 that count and have readings in the ranges, in the order in which they took effect. Beside what each
-- remembers to have touched, the table itself is asked whose rows stand there: none may go because its batch was not read again.
-- $2 is a batch that is being loaded and has its place among them.
SELECT b.batch_id, b.source_name, b.file_sha256, b.size_bytes, b.source_type, b.context, b.created_at, b.datasource_id, m.name AS mapping_name, m.yaml
FROM ingest_batch b LEFT JOIN mapping_version m ON m.sha256 = b.mapping_sha256
WHERE b.batch_id = $2::uuid OR b.status = 'completed' AND NOT b.dry_run AND b.dataset = $1 AND b.batch_id IN (
  SELECT t.batch_id
  FROM ingest_batch_datasource t JOIN ingest_batch b USING (batch_id) JOIN datasource d ON d.id = t.datasource_id
    JOIN (SELECT * FROM {ranges}) r ON r.datasource_id = t.datasource_id
  WHERE {last} >= r.first AND {first} <= r.last
  UNION
  SELECT f.batch_id FROM {table} f JOIN (SELECT * FROM {ranges}) r ON r.datasource_id = f.datasource_id AND f.{time} BETWEEN r.first AND r.last
)
ORDER BY b.applied_seq
