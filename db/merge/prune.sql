-- Records of the file with the same key. Identical repeats go, the first one stays; contradicting ones all go.
-- ROW(…) makes NULL equal to NULL. Returns how many records went for which reason.
WITH repeated AS MATERIALIZED (
  SELECT datasource_id, {time} AS at, min(source_row) AS kept,
         count(DISTINCT ROW({measures})) > 1 AS contradicts,
         (array_agg(source_row ORDER BY source_row))[1:6] AS lines
  FROM (SELECT * FROM {stage}) s
  GROUP BY datasource_id, {time}
  HAVING count(*) > 1
), gone AS (
  DELETE FROM {stage} s USING repeated r
  WHERE s.datasource_id = r.datasource_id AND s.{time} = r.at AND (r.contradicts OR s.source_row <> r.kept)
  RETURNING s.source_row, s.records, r.contradicts, r.lines
), reported AS (
  INSERT INTO stage_contradiction (source_row, others)
  SELECT source_row, array_to_string(array_remove(lines, source_row), ', ') FROM gone WHERE contradicts
)
SELECT coalesce(sum(records) FILTER (WHERE NOT contradicts), 0)::bigint AS repeated,
       coalesce(sum(records) FILTER (WHERE contradicts), 0)::bigint AS contradicting
FROM gone
