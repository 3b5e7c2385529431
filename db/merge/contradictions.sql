-- Records that contradict one another inside the file, for the report: made once per connection, empty again after every transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_contradiction (source_row integer NOT NULL, others text NOT NULL) ON COMMIT DELETE ROWS
