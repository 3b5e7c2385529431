-- Empties the keys of dataset $1 at which a reading of the old system stood and no winner stands now.
DELETE FROM {table} f
USING legacy_move.vacated v, legacy_move.source o
WHERE v.dataset = $1 AND o.folded = v.source AND f.datasource_id = o.datasource_id AND f.{time} = {vacated_at}
  AND (f.batch_id IN (SELECT file FROM legacy_move.batch) OR f.batch_id = (SELECT no_batch FROM legacy_move.settings)
       OR EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = f.batch_id AND b.source_type = 'legacy'))
  AND NOT EXISTS (
      SELECT FROM legacy_move.reading r
      WHERE r.dataset = v.dataset AND r.source = v.source AND r.at = v.at AND r.outcome = 'migrated' AND r.fault IS NULL
  )
