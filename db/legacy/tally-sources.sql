-- Which sources each old batch touched, where undo looks for its rows.
DELETE FROM ingest_batch_datasource x USING ingest_batch b WHERE b.batch_id = x.batch_id AND b.source_type = 'legacy' AND b.batch_id IN (SELECT batch_id FROM legacy_move.own_batch);
INSERT INTO ingest_batch_datasource (batch_id, datasource_id, rows, first, last)
SELECT coalesce(r.writer, s.no_batch), o.datasource_id, count(*), min(r.at), max(r.at)
FROM legacy_move.reading r JOIN legacy_move.source o ON o.folded = r.source CROSS JOIN legacy_move.settings s
JOIN ingest_batch b ON b.batch_id = coalesce(r.writer, s.no_batch) AND b.source_type = 'legacy'
WHERE r.outcome = 'migrated' AND r.fault IS NULL
GROUP BY 1, 2
ON CONFLICT (batch_id, datasource_id) DO UPDATE SET rows = excluded.rows, first = excluded.first, last = excluded.last
