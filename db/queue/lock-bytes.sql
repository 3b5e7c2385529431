-- Locks the bytes of files, named by their SHA-256 ($1, in ascending order), against a purge until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended(sha256, 0)) FROM unnest($1::text[]) AS sha256
