-- Checks of loads (dry runs are none) of the last seven days by dataset and type, with the share that passed in per cent.
CREATE OR REPLACE VIEW "v_data_quality_summary" AS
SELECT
    dataset,
    check_type,
    count(*) AS total_checks,
    count(*) FILTER (WHERE passed) AS passed_checks,
    count(*) FILTER (WHERE NOT passed) AS failed_checks,
    round(100.0 * count(*) FILTER (WHERE passed) / count(*), 2) AS pass_rate,
    max(checked_at) AS last_check
FROM data_quality_check c
WHERE NOT EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = c.batch_id AND b.dry_run)
    AND checked_at >= now() - interval '7 days'
GROUP BY dataset, check_type;
