-- Begins a run: the horizon $2 of $1 (history, archive) is written, and committed, before anything is removed. Never goes back.
INSERT INTO retention (what, horizon) VALUES ($1, $2::timestamptz)
ON CONFLICT (what) DO UPDATE SET horizon = greatest(retention.horizon, excluded.horizon), begun_at = clock_timestamp(), completed_at = NULL
RETURNING horizon::text AS horizon
