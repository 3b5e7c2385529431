-- Part of update.sql and merge.sql: the version before of each row of {changes} that was overwritten goes to history.
closed_before AS (
  -- One pass over the versions of the file's own range, not a look into history for every row.
  SELECT h.datasource_id, h.{time}, max(h.valid_to) AS valid_to
  FROM {history} h
  WHERE $3::boolean
    AND h.datasource_id BETWEEN (SELECT min(datasource_id) FROM {changes}) AND (SELECT max(datasource_id) FROM {changes})
    AND h.{time} BETWEEN (SELECT min({time}) FROM {changes}) AND (SELECT max({time}) FROM {changes})
  GROUP BY 1, 2
), closed AS (
  INSERT INTO {history} (datasource_id, {time}, {all_measures}, batch_id, source_row, quality, valid_from, valid_to, closed_by, reason)
  SELECT n.datasource_id, n.{time}, {old_measures}, n.old_batch_id, n.old_source_row, n.old_quality,
         greatest(coalesce(b.applied_at, b.created_at), c.valid_to), $2::timestamptz, $1::uuid, 'update'
  FROM {changes} n
  JOIN ingest_batch b ON b.batch_id = n.old_batch_id
  LEFT JOIN closed_before c ON c.datasource_id = n.datasource_id AND c.{time} = n.{time}
  WHERE NOT n.is_new
)
