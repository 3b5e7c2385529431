-- Batches that count and have readings of the same source in the same period as batch $1, in the order in which they took effect: those
-- that an undo or a replay of it reads again. At most $2.
SELECT b.batch_id, b.source_name, b.dataset, b.applied_at, b.applied_seq > o.applied_seq AS later,
       array_agg(DISTINCT d.external_id ORDER BY d.external_id) AS datasources,
       min(greatest(t.first, p.first)) AS first, max(least(t.last, p.last)) AS last
FROM ingest_batch o
JOIN ingest_batch_datasource t ON t.batch_id = o.batch_id
JOIN ingest_batch_datasource p ON p.datasource_id = t.datasource_id AND p.batch_id <> t.batch_id AND p.last >= t.first AND p.first <= t.last
JOIN ingest_batch b ON b.batch_id = p.batch_id AND b.status = 'completed' AND b.dataset = o.dataset AND b.applied_seq IS DISTINCT FROM o.applied_seq
JOIN datasource d ON d.id = p.datasource_id
WHERE o.batch_id = $1
GROUP BY b.batch_id, b.source_name, b.dataset, b.applied_at, b.applied_seq, o.applied_seq
ORDER BY b.applied_seq
LIMIT $2
