-- Per source and local day: count, sum, least and greatest; `rows` is one of the queries beside this file.
SELECT folded, day::text, count(*)::int AS n, trim_scale(coalesce(sum(amount), 0))::text AS total, trim_scale(min(amount))::text AS least, trim_scale(max(amount))::text AS greatest
FROM ({rows}) AS r GROUP BY folded, day ORDER BY folded COLLATE "C", day
