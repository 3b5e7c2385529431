-- Readings that belong to no group, as nothing says whose they are or when: their own fault is their verdict.
UPDATE legacy_move.reading r
SET outcome = CASE WHEN r.fault = 'invalid_in_old_system' THEN 'migrated' ELSE 'rejected' END, reason = nullif(r.fault, 'invalid_in_old_system')
FROM scope_keys t
WHERE t.tab = r.tab AND t.key = r.key AND (r.source IS NULL OR r.day IS NULL)
