-- What each old batch brought, counted from the verdicts; a load that failed and brought nothing failed.
WITH counted AS (
    SELECT coalesce(r.writer, s.no_batch) AS batch_id, count(*) AS read, count(*) FILTER (WHERE r.outcome = 'migrated' AND r.fault IS NULL) AS loaded,
           count(*) FILTER (WHERE r.outcome = 'rejected' OR r.fault IS NOT NULL) AS refused, mode() WITHIN GROUP (ORDER BY r.dataset) AS dataset,
           min(r.at) FILTER (WHERE r.outcome = 'migrated') AS first, max(r.at) FILTER (WHERE r.outcome = 'migrated') AS last
    FROM legacy_move.reading r CROSS JOIN legacy_move.settings s
    WHERE r.is_fact OR (r.outcome = 'migrated')
    GROUP BY 1
)
UPDATE ingest_batch b SET records_read = c.read, lines_read = c.read, records_inserted = c.loaded, records_rejected = c.refused, dataset = c.dataset,
        date_range_start = coalesce(c.first, b.date_range_start), date_range_end = coalesce(c.last, b.date_range_end)
    FROM counted c WHERE b.batch_id = c.batch_id AND b.source_type = 'legacy';
UPDATE ingest_batch b SET status = 'failed'
WHERE b.source_type = 'legacy' AND b.batch_id IN (SELECT batch_id FROM legacy_move.own_batch) AND b.validation_status = 'failed' AND b.status = 'completed' AND b.records_inserted = 0
