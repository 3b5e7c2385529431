-- Refused rows become rejections of their batch: what the old system refused, with its own words, and what the move refuses, with its reason.
DELETE FROM ingest_rejection x USING ingest_batch b WHERE b.batch_id = x.batch_id AND b.source_type = 'legacy' AND b.batch_id IN (SELECT batch_id FROM legacy_move.own_batch);
WITH refused AS (
    SELECT coalesce(r.writer, s.no_batch) AS batch_id, r.source_row, r.tab, r.key, r.fault, r.reason, o.row
    FROM legacy_move.reading r JOIN legacy_move.old o USING (tab, key) CROSS JOIN legacy_move.settings s
    WHERE r.fault = 'invalid_in_old_system' OR (r.is_fact AND r.outcome = 'rejected')
)
INSERT INTO ingest_rejection (batch_id, rejection_no, line, raw, errors)
SELECT batch_id, row_number() OVER (PARTITION BY batch_id ORDER BY tab, key::bigint), source_row,
       CASE WHEN fault = 'invalid_in_old_system' THEN coalesce(nullif(row->'raw_data', 'null'), '{}') ELSE row END,
       CASE WHEN fault = 'invalid_in_old_system' THEN coalesce(
                (SELECT jsonb_agg(jsonb_build_object('column', e->>'field', 'text', left(e->>'value', 200), 'code', 'invalid_in_old_system', 'message', coalesce(e->>'message', 'refused by the old system')))
                 FROM jsonb_array_elements(CASE WHEN jsonb_typeof(row->'validation_errors'->'errors') = 'array' THEN row->'validation_errors'->'errors' ELSE '[]' END) e),
                '[{"column": null, "text": null, "code": "invalid_in_old_system", "message": "refused by the old system, which did not say why"}]')
            ELSE jsonb_build_array(jsonb_build_object('column', NULL, 'text', NULL, 'code', reason, 'message', 'not moved from ' || tab || ' ' || key)) END
FROM refused WHERE EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = refused.batch_id AND b.source_type = 'legacy')
