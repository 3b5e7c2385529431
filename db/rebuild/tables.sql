-- Temporary copies of a table and its history, in which surviving batches are laid over one another again. `ranges`: what is rebuilt.
CREATE TEMPORARY TABLE IF NOT EXISTS {rebuilt} (LIKE {table} INCLUDING DEFAULTS, PRIMARY KEY (datasource_id, {time})) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS {rebuilt_history} (LIKE {history} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS {ranges} (datasource_id integer NOT NULL, first {time_type} NOT NULL, last {time_type} NOT NULL, PRIMARY KEY (datasource_id, first)) ON COMMIT DELETE ROWS
