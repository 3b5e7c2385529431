-- Before the rows in `scope_keys` are decided anew: where they stood is to be judged and, where nobody else stands there, emptied.
WITH before AS (
    SELECT r.* FROM legacy_move.reading r JOIN scope_keys USING (tab, key)
), emptied AS (
    INSERT INTO legacy_move.vacated SELECT DISTINCT dataset, source, at FROM before WHERE outcome = 'migrated' AND fault IS NULL
    ON CONFLICT DO NOTHING
), marked AS (
    INSERT INTO legacy_move.dirty SELECT DISTINCT dataset, source, day FROM before WHERE source IS NOT NULL AND day IS NOT NULL
    ON CONFLICT DO NOTHING
)
DELETE FROM legacy_move.reading r USING before b
WHERE r.tab = b.tab AND r.key = b.key AND NOT EXISTS (SELECT FROM legacy_move.old o WHERE o.tab = r.tab AND o.key = r.key)
