-- Writes the winners of the groups in the temporary table `groups` for dataset $1. What another load wrote meanwhile is left alone and
-- reported: only rows of the old system's own batches are replaced.
WITH mine AS MATERIALIZED (
    -- A file that was written after the files were copied is still in the queue: until it comes, its readings stand under no file.
    SELECT r.tab, r.key, o.datasource_id, {at} AS {time}, coalesce(b.file, s.no_batch) AS batch_id, r.source_row, r.quality, r.measures
    FROM groups g
    -- OFFSET 0: group by group by the index; how many readings are migrated by now is what statistics never know.
    CROSS JOIN LATERAL (SELECT * FROM legacy_move.reading m WHERE m.dataset = g.dataset AND m.source = g.source AND m.day = g.day OFFSET 0) r
    JOIN legacy_move.source o ON o.folded = r.source
    CROSS JOIN legacy_move.settings s
    LEFT JOIN legacy_move.batch b ON b.file = r.writer
    WHERE g.dataset = $1 AND r.outcome = 'migrated' AND r.fault IS NULL
), written AS (
    INSERT INTO {table} AS f (datasource_id, {time}, {columns}, batch_id, source_row, quality)
    SELECT r.datasource_id, r.{time}, {values}, r.batch_id, r.source_row, r.quality FROM mine r
    ON CONFLICT (datasource_id, {time}) DO UPDATE SET {updates}, batch_id = excluded.batch_id, source_row = coalesce(excluded.source_row, f.source_row),
        quality = excluded.quality
    -- A row that came back from a rollback belongs to a batch of the new system: only its values follow the old table then.
    WHERE (f.batch_id = excluded.batch_id AND ROW({before}) IS DISTINCT FROM ROW({after}))
       OR (EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = f.batch_id AND b.source_type = 'legacy')
           AND ROW({before}, f.batch_id, f.source_row, f.quality) IS DISTINCT FROM ROW({after}, excluded.batch_id, excluded.source_row, excluded.quality))
), taken AS (
    SELECT m.tab, m.key FROM mine m JOIN {table} f ON f.datasource_id = m.datasource_id AND f.{time} = m.{time}
    WHERE f.batch_id <> m.batch_id AND NOT EXISTS (SELECT FROM ingest_batch b WHERE b.batch_id = f.batch_id AND b.source_type = 'legacy')
)
UPDATE legacy_move.reading r SET outcome = 'rejected', reason = 'newer_in_target' FROM taken t WHERE r.tab = t.tab AND r.key = t.key
