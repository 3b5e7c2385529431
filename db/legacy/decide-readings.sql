-- Decides what one reading is, without looking at others: who wrote it, whose it is, at which instant, and what speaks against it.
-- $1: facts (true) or staging rows (false); staging rows go first, as the last one loaded under a fact's key is the fact's true writer.
WITH scope AS MATERIALIZED (
    -- OFFSET 0: row by row by its key, however many there are; no statistics can mislead the planner into reading everything for each chunk.
    SELECT v.* FROM scope_keys t CROSS JOIN LATERAL (SELECT * FROM legacy_move.raw_reading w WHERE w.tab = t.tab AND w.key = t.key OFFSET 0) v WHERE v.is_fact = $1
), written AS (
    SELECT c.*, coalesce(w.file, c.file) AS writer, coalesce(w.file IS DISTINCT FROM c.file AND w.file IS NOT NULL, false) AS lineage_corrected
    FROM scope c
    LEFT JOIN LATERAL (
        SELECT r.file FROM legacy_move.reading r
        WHERE c.is_fact AND NOT r.is_fact AND r.loaded AND r.dataset || '|' || r."natural" = c.dataset || '|' || c."natural" AND r.file IS NOT NULL
        ORDER BY r.created DESC, r.key::bigint DESC LIMIT 1
    ) w ON true
), attributed AS (
    SELECT w.*, coalesce(b.written, w.created) AS batch_written,
           coalesce(b.source,
               CASE WHEN d.folded = g.folded OR w.created <= s.epoch_low THEN d.folded WHEN w.created >= s.epoch_high THEN g.folded END,
               CASE WHEN w.writer IS NULL THEN m.folded END) AS source,
           b.source IS NULL AND w.old_device IS NOT NULL AND w.created > s.epoch_low AND w.created < s.epoch_high AS in_gap,
           CASE s.fk_register WHEN 'device' THEN d.folded ELSE g.folded END AS fk_source
    FROM written w
    CROSS JOIN legacy_move.settings s
    LEFT JOIN legacy_move.batch b ON b.file = w.writer
    LEFT JOIN legacy_move.handle d ON d.register = 'device' AND d.old_id = w.old_device
    LEFT JOIN legacy_move.handle g ON g.register = 'generic_device' AND g.old_id = w.old_device
    LEFT JOIN legacy_move.map m ON m.kind = 'rows' AND m.value = w.tab
), timed AS (
    SELECT a.*, o.zone, a.dataset IN ('energy_daily', 'dairy_production') AS is_day,
           CASE WHEN a.dataset IN ('energy_daily', 'dairy_production') THEN a.wall AT TIME ZONE 'UTC'
                WHEN a.instant IS NOT NULL THEN a.instant ELSE a.wall AT TIME ZONE o.zone END AS standard
    FROM attributed a LEFT JOIN legacy_move.source o ON o.folded = a.source
), clocked AS (
    -- PostgreSQL takes an hour that occurs twice for the later one (standard time), and moves one that does not exist forward.
    SELECT t.*,
           NOT t.is_day AND t.wall IS NOT NULL AND t.standard AT TIME ZONE t.zone <> t.wall AS is_missing,
           CASE WHEN NOT t.is_day AND t.wall IS NOT NULL THEN (
               SELECT min(t.standard - step) FROM unnest(ARRAY[interval '30 minutes', interval '1 hour', interval '2 hours']) AS step
               WHERE (t.standard - step) AT TIME ZONE t.zone = t.wall
           ) END AS earlier
    FROM timed t
), judged AS (
    SELECT c.*, CASE WHEN s.autumn = 'first' THEN coalesce(c.earlier, c.standard) ELSE c.standard END AS at, z.cleaned, z.zeroed,
           CASE
               WHEN NOT c.is_valid THEN 'invalid_in_old_system'
               WHEN c.source IS NULL AND c.in_gap THEN 'ambiguous_epoch'
               WHEN c.source IS NULL THEN 'unresolved_datasource'
               WHEN z.has_strange THEN 'non_finite'
               WHEN z.has_negative THEN 'negative'
               WHEN z.is_empty THEN 'no_measure'
               WHEN c.standard IS NULL THEN 'zone_unknown'
               WHEN NOT isfinite(c.standard) THEN 'non_finite'
               WHEN c.is_missing AND s.nonexistent = 'reject' THEN 'nonexistent_local_time'
               WHEN c.standard >= s.future_from THEN 'future'
           END AS fault,
           (CASE WHEN c.is_missing THEN 1 ELSE 0 END) | (CASE WHEN c.earlier IS NOT NULL THEN 2 ELSE 0 END) | (CASE WHEN z.zeroed THEN 4 ELSE 0 END)
               | (CASE WHEN c.is_fact THEN 0 ELSE 8 END) AS flags
    FROM clocked c
    CROSS JOIN legacy_move.settings s
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(m.value #>> '{}' IN ('NaN', 'Infinity', '-Infinity') OR (NOT c.is_fact AND NOT legacy_move.is_measure(m.key, m.value))), false) AS has_strange,
               coalesce(bool_or(c.dataset LIKE 'energy%' AND ltrim(m.value #>> '{}') LIKE '-%' AND m.value #>> '{}' <> '-Infinity'), false) AS has_negative,
               coalesce(bool_and(m.value = 'null'), true) AND c.dataset <> 'dairy_production' AS is_empty,
               coalesce(bool_or(s.zero = 'null' AND m.key IN ('average_lactation_days', 'rumination_minutes') AND m.value #>> '{}' ~ '^0(\.0*)?$'), false) AS zeroed,
               jsonb_object_agg(m.key, CASE WHEN s.zero = 'null' AND m.key IN ('average_lactation_days', 'rumination_minutes')
                   AND m.value #>> '{}' ~ '^0(\.0*)?$' THEN 'null'::jsonb ELSE m.value END) AS cleaned
        FROM jsonb_each(c.measures) m
    ) z
), stored AS (
    INSERT INTO legacy_move.reading AS r (tab, key, dataset, is_fact, "natural", loaded, file, created, writer, written, lineage_corrected, source, fk_source,
        wall, at, day, measures, source_row, quality, fault)
    SELECT tab, key, dataset, is_fact, "natural", loaded, file, created, writer, batch_written, lineage_corrected, source, fk_source, wall, at,
           CASE WHEN dataset = 'environmental_metrics' THEN (at AT TIME ZONE 'UTC')::date ELSE wall::date END,
           cleaned, source_row, flags, fault
    FROM judged
    ON CONFLICT (tab, key) DO UPDATE SET dataset = excluded.dataset, is_fact = excluded.is_fact, "natural" = excluded."natural", loaded = excluded.loaded,
        file = excluded.file, created = excluded.created, writer = excluded.writer, written = excluded.written, lineage_corrected = excluded.lineage_corrected,
        source = excluded.source, fk_source = excluded.fk_source, wall = excluded.wall, at = excluded.at, day = excluded.day,
        measures = excluded.measures, source_row = excluded.source_row, quality = excluded.quality, fault = excluded.fault
    RETURNING r.tab, r.key, r.dataset, r.source, r.day, r.fault
), settled AS (
    -- In order: two connections that mark the same groups must not wait for each other.
    INSERT INTO legacy_move.dirty SELECT DISTINCT dataset, source, day FROM stored WHERE source IS NOT NULL AND day IS NOT NULL ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
)
SELECT count(*)::int AS decided FROM stored
