-- Files that may go: last used up to $1 (received, loaded, brought back), not removed since, and not needed. $2 one file, or null for all; $3 the
-- last one seen, or null; $4 how many. Needed is a file that is still to be loaded or delivered, or to be read again in order to undo or redo
-- a batch that was used later: one that has readings of the same source in the same period. Local days ($5: datasets that have them) may
-- begin up to a day apart.
WITH file AS (
  SELECT b.file_sha256, max(b.size_bytes) AS size_bytes, count(*)::int AS batches,
         max(greatest(b.created_at, b.started_at, b.applied_at, b.completed_at)) AS used,
         bool_or(b.status IN ('pending', 'processing') OR (b.context ? 'drop' AND NOT b.context ? 'delivered')
                 OR EXISTS (SELECT FROM batch_operation o WHERE o.batch_id = b.batch_id AND o.status IN ('pending', 'processing'))) AS waits
  FROM ingest_batch b
  WHERE b.file_sha256 IS NOT NULL AND b.source_type <> 'legacy' AND ($2::text IS NULL OR b.file_sha256 = $2) AND ($3::text IS NULL OR b.file_sha256 > $3)
  GROUP BY 1
)
SELECT f.file_sha256 AS sha256, f.batches, coalesce(f.size_bytes, 0)::float8 AS bytes
FROM file f
WHERE f.used <= $1::timestamptz AND NOT f.waits
  AND NOT EXISTS (SELECT FROM pruned_file p WHERE p.file_sha256 = f.file_sha256 AND p.removed_at >= f.used)
  AND NOT EXISTS (
    SELECT FROM ingest_batch b
      JOIN ingest_batch_datasource t ON t.batch_id = b.batch_id
      JOIN ingest_batch_datasource u ON u.datasource_id = t.datasource_id AND u.batch_id <> t.batch_id
      JOIN ingest_batch y ON y.batch_id = u.batch_id
      CROSS JOIN LATERAL (SELECT CASE WHEN b.dataset = ANY ($5::text[]) THEN interval '1 day' ELSE interval '0' END AS apart) d
    WHERE b.file_sha256 = f.file_sha256 AND b.status = 'completed' AND NOT b.dry_run
      AND y.dataset = b.dataset AND y.status IN ('completed', 'undone') AND NOT y.dry_run
      AND greatest(y.created_at, y.started_at, y.applied_at, y.completed_at) > $1::timestamptz
      AND t.first <= u.last + d.apart AND u.first <= t.last + d.apart
  )
ORDER BY f.file_sha256
LIMIT $4
