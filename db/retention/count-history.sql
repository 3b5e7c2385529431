-- How many versions had ended by $1, and what they take up.
SELECT count(*)::int AS rows, coalesce(sum(pg_column_size(h.*)), 0)::float8 AS bytes FROM {history} h WHERE h.valid_to <= $1::timestamptz
