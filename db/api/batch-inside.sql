(
    -- Whether batch b may be seen by who asks with the fence {fence} (ids, or null) as {who}: all its sources are inside. Of a batch without sources,
    -- and of the refused records of a file of several, nobody can say whose they are: these only who handed it in sees.
    {fence}::int[] IS NULL
    OR (b.datasource_id IS NULL OR b.datasource_id = ANY ({fence}))
       AND NOT EXISTS (SELECT FROM ingest_batch_datasource AS part WHERE part.batch_id = b.batch_id AND part.datasource_id <> ALL ({fence}))
       AND (b.submitted_by IS NOT DISTINCT FROM {who}::text AND {who}::text IS NOT NULL
            OR b.datasource_id IS NOT NULL
            OR b.records_rejected = 0 AND EXISTS (SELECT FROM ingest_batch_datasource AS part WHERE part.batch_id = b.batch_id))
)
