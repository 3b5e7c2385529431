-- The file $1 of $2 bytes is going to be removed.
INSERT INTO pruned_file (file_sha256, size_bytes) VALUES ($1, $2)
ON CONFLICT (file_sha256) DO UPDATE SET size_bytes = excluded.size_bytes, decided_at = clock_timestamp(), removed_at = NULL
