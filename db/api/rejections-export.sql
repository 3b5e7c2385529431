-- The refusals of one batch, a line per refused cell. A cell that a spreadsheet would run as a formula gets a leading quote.
SELECT r.line,
       {column} AS "column",
       {text} AS "text",
       e.code,
       {message} AS message,
       {raw} AS raw
FROM ingest_rejection AS r
CROSS JOIN LATERAL jsonb_to_recordset(r.errors) AS e ("column" text, "text" text, code text, message text)
WHERE r.batch_id = {batch}::uuid
ORDER BY r.rejection_no
