DROP TRIGGER "ingest_batch_webhooks" ON "ingest_batch";
DROP FUNCTION "queue_webhook_deliveries"();
DROP TABLE "webhook_delivery";
DROP TABLE "webhook";
