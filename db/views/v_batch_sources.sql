-- What stands in the tables by which load: the batches that count now, with the sources they touched, from when to when.
CREATE OR REPLACE VIEW "v_batch_sources" AS
SELECT
    p.batch_id,
    p.datasource_id,
    b.dataset,
    p.rows,
    p.first,
    p.last,
    b.completed_at
FROM ingest_batch_datasource p
JOIN ingest_batch b ON b.batch_id = p.batch_id
WHERE b.status = 'completed' AND NOT b.dry_run;
