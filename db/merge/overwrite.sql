-- Strategy "update", second part: rows that differ are overwritten in the columns that the file supplies. $1 batch.
-- In a statement of its own, which reads both tables in the order of the key, it takes half the time.
UPDATE {table} f
SET {assignments}, batch_id = $1::uuid, source_row = s.source_row, quality = s.quality
FROM (SELECT * FROM {stage}) s
WHERE f.datasource_id = s.datasource_id AND f.{time} = s.{time} AND {differs}
