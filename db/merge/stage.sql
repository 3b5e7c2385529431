-- The staging table of one dataset: made once per connection, empty again after every transaction.
-- `records`: how many records of the file fed the row (more than one after an aggregation).
CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (
  datasource_id integer NOT NULL,
  {time} {time_type} NOT NULL,
  {measure_definitions},
  source_row integer,
  quality smallint NOT NULL DEFAULT 0,
  records integer NOT NULL DEFAULT 1
) ON COMMIT DELETE ROWS
