-- A replay takes the place of the batch that it replays in the order in which batches took effect. Two that count can never share one.
CREATE UNIQUE INDEX "ingest_batch_place_key" ON "ingest_batch" ("applied_seq") WHERE "status" = 'completed';
