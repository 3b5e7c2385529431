-- Per source and month: the content, in order, as one checksum.
SELECT folded, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*)::int AS n,
       md5(string_agg(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '|' || said, E'\n' ORDER BY at)) AS print
FROM ({rows}) AS r GROUP BY folded, month ORDER BY folded COLLATE "C", month
