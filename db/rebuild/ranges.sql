-- What the batch $1 touched. Days are kept as the instants of local midnights; a day more on either side does no harm.
INSERT INTO {ranges} (datasource_id, first, last)
SELECT datasource_id, {first}, {last} FROM ingest_batch_datasource WHERE batch_id = $1
