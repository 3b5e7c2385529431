-- Judges the readings in the temporary table `members` (whole groups) beside one another: of two on one key the later batch's wins, days
-- whose afternoon was written over the morning are set aside, and staging rows fill what no fact holds.
WITH facts AS (
    SELECT m.tab, m.key, m.dataset, m.source, m.day, m.wall, m.written, m.quality,
           -- An afternoon that an earlier judgement moved begins from its clock again.
           CASE WHEN m.quality & 16 <> 0 THEN m.wall AT TIME ZONE o.zone ELSE m.at END AS at, o.zone,
           row_number() OVER (PARTITION BY m.dataset, m.source, m.at ORDER BY m.written DESC NULLS LAST, m.key::bigint DESC) AS place
    FROM members m JOIN legacy_move.source o ON o.folded = m.source WHERE m.is_fact AND m.fault IS NULL
), collapsed AS (
    SELECT f.dataset, f.source, f.day FROM facts f CROSS JOIN legacy_move.settings s
    WHERE f.dataset = 'energy_hourly' AND f.place = 1 AND s.ampm <> 'keep'
    GROUP BY f.dataset, f.source, f.day, s.ampm_since, s.ampm_until
    HAVING array_agg(f.wall - f.day ORDER BY f.wall) = ARRAY(SELECT make_interval(hours => h) FROM generate_series(1, 12) AS h)
       AND bool_and(f.written >= s.ampm_since AND f.written < s.ampm_until)
), placed AS (
    -- What is left of such a day are its afternoon's values: 1 to 11 stand for 13 to 23, 12 is noon.
    SELECT f.*, c.day IS NOT NULL AS in_collapsed, n.is_moved,
           CASE WHEN n.is_moved THEN (f.wall + interval '12 hours') AT TIME ZONE f.zone ELSE f.at END AS new_at
    FROM facts f LEFT JOIN collapsed c USING (dataset, source, day) CROSS JOIN legacy_move.settings s
    CROSS JOIN LATERAL (SELECT c.day IS NOT NULL AND f.place = 1 AND s.ampm = 'shift' AND f.wall - f.day < interval '12 hours' AS is_moved) n
), winners AS (
    SELECT p.dataset, p.source, p.new_at AS at FROM placed p CROSS JOIN legacy_move.settings s
    WHERE p.place = 1 AND (NOT p.in_collapsed OR s.ampm = 'shift')
), staged AS (
    SELECT m.tab, m.key, m.at, m.quality, m.loaded, c.day IS NOT NULL AS in_collapsed, w.at IS NOT NULL AS is_held,
           row_number() OVER (PARTITION BY m.dataset, m.source, m.at ORDER BY m.loaded DESC, m.created DESC NULLS LAST, m.key::bigint DESC) AS place
    FROM members m
    LEFT JOIN collapsed c USING (dataset, source, day)
    LEFT JOIN winners w ON w.dataset = m.dataset AND w.source = m.source AND w.at = m.at
    WHERE NOT m.is_fact AND m.fault IS NULL
), verdicts AS (
    SELECT p.tab, p.key, p.new_at AS at, (p.quality & ~16) | CASE WHEN p.is_moved THEN 16 ELSE 0 END AS quality,
           CASE WHEN p.place > 1 THEN 'superseded_duplicate' WHEN p.in_collapsed AND s.ampm = 'reject' THEN 'ampm_collapsed' END AS reason
    FROM placed p CROSS JOIN legacy_move.settings s
    UNION ALL
    SELECT t.tab, t.key, t.at, t.quality,
           CASE WHEN t.is_held THEN 'already_in_facts' WHEN t.place > 1 THEN 'superseded_duplicate' WHEN s.recover THEN NULL
                WHEN NOT t.loaded THEN 'never_loaded' WHEN t.in_collapsed THEN 'ampm_collapsed' ELSE 'overwritten' END
    FROM staged t CROSS JOIN legacy_move.settings s
    UNION ALL
    -- What the old system refused becomes a rejection of its batch, and is moved by that.
    SELECT m.tab, m.key, m.at, m.quality, nullif(m.fault, 'invalid_in_old_system') FROM members m WHERE m.fault IS NOT NULL
), turned AS (
    UPDATE legacy_move.reading r
    SET outcome = CASE WHEN v.reason IS NULL THEN 'migrated' ELSE 'rejected' END, reason = v.reason, at = v.at, quality = v.quality
    FROM verdicts v, members m
    WHERE r.tab = v.tab AND r.key = v.key AND m.tab = v.tab AND m.key = v.key
      AND (r.outcome IS NULL OR r.reason IS DISTINCT FROM v.reason OR r.at IS DISTINCT FROM v.at)
    RETURNING r.dataset, r.source, m.at AS before_at, m.fault, m.outcome AS before, r.outcome AS after, r.at
)
INSERT INTO legacy_move.vacated
SELECT DISTINCT dataset, source, before_at FROM turned
WHERE fault IS NULL AND before = 'migrated' AND (after = 'rejected' OR at <> before_at)
ON CONFLICT DO NOTHING
