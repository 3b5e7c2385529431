DROP INDEX "ingest_batch_place_key";
