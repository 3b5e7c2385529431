-- The rows of the new {table} that came from the old facts: of this move's batches, and not rebuilt from staging (quality bit 8). Batches that
-- a rollback took into the old tables count as old.
SELECT lower(btrim(d.external_id)) AS folded, {at} AS at, {day} AS day, {said} AS said, {amount}::numeric AS amount
FROM {table} f JOIN datasource d ON d.id = f.datasource_id JOIN ingest_batch b ON b.batch_id = f.batch_id
WHERE b.batch_id IN (SELECT batch_id FROM legacy_move.own_batch) AND f.quality & 8 = 0
  AND NOT EXISTS (SELECT FROM legacy_move.rollback_overflow x WHERE x.dataset = '{dataset}' AND x.datasource_id = f.datasource_id AND x.at = {at})
