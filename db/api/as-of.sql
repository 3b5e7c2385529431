(
    -- The rows of {table} as they stood at {at}: the version whose period holds it, else the row of today if its batch was applied by then.
    SELECT {columns} FROM {history} AS version WHERE version.valid_from <= {at} AND version.valid_to > {at}
    UNION ALL
    SELECT {columns} FROM {table} AS today
    WHERE (SELECT coalesce(b.applied_at, b.created_at) FROM ingest_batch AS b WHERE b.batch_id = today.batch_id) <= {at}
      AND NOT EXISTS (
          SELECT FROM {history} AS version
          WHERE version.datasource_id = today.datasource_id AND version.{time} = today.{time}
            AND version.valid_from <= {at} AND version.valid_to > {at}
      )
)
