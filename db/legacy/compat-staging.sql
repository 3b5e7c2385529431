-- The old {name}: what is left of staging is what was refused, kept with its batch.
CREATE VIEW compat.{name} AS
SELECT (row_number() OVER ())::int AS staging_id, r.batch_id AS file_id, coalesce(r.line, r.rejection_no)::int AS row_number, r.raw AS raw_data,
       NULL::jsonb AS transformed_data, jsonb_build_object('is_valid', false, 'errors', r.errors, 'warnings', '[]'::jsonb) AS validation_errors,
       false AS is_valid, false AS loaded_to_final, coalesce(b.applied_at, b.created_at) AS created_at
FROM ingest_rejection r JOIN ingest_batch b ON b.batch_id = r.batch_id WHERE b.dataset = '{dataset}'
