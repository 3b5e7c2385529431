-- Records of the file with the same key. Identical repeats go, the first one stays; contradicting ones all go.
-- ROW(…) makes NULL equal to NULL. Returns how many records went for which reason. A line may have given several of them: rows are told apart by ctid.
WITH repeated AS MATERIALIZED (
  SELECT datasource_id, {time} AS at, (array_agg(place ORDER BY source_row, place))[1] AS kept,
         count(DISTINCT ROW({measures})) > 1 AS contradicts,
         (array_agg(DISTINCT source_row))[1:6] AS lines
  FROM (SELECT *, ctid AS place FROM {stage}) s
  GROUP BY datasource_id, {time}
  HAVING count(*) > 1
), gone AS (
  DELETE FROM {stage} s USING repeated r
  WHERE s.datasource_id = r.datasource_id AND s.{time} = r.at AND (r.contradicts OR s.ctid <> r.kept)
  RETURNING s.source_row, s.records, r.contradicts, r.lines
), reported AS (
  INSERT INTO stage_contradiction (source_row, others)
  SELECT source_row, array_to_string(array_remove(lines, source_row), ', ') FROM gone WHERE contradicts
)
SELECT coalesce(sum(records) FILTER (WHERE NOT contradicts), 0)::bigint AS repeated,
       coalesce(sum(records) FILTER (WHERE contradicts), 0)::bigint AS contradicting
FROM gone
