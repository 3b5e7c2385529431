-- Webhooks: addresses that are told when a batch has ended, and the outbox of what they are still to be told.
CREATE TABLE "webhook" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "url" TEXT NOT NULL,
    "description" TEXT,
    -- null: all.
    "events" TEXT[],
    -- As the fence of an API key: only batches all of whose sources are among these, or are of these clients. Both null: all.
    "datasource_ids" INTEGER[],
    "clients" TEXT[],
    -- Messages are signed with it, so that a hash would not do.
    "secret" TEXT NOT NULL,
    -- The one before, which signs beside it for a while.
    "old_secret" TEXT,
    "old_secret_until" TIMESTAMPTZ(6),
    "active" BOOLEAN NOT NULL DEFAULT true,
    -- Why it was switched off, where nobody did it: its address said so (410), or too much was given up.
    "off_because" TEXT,
    -- Deliveries given up since the last that arrived.
    "given_up_in_row" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "webhook_url_check" CHECK ("url" ~ '^https?://'),
    CONSTRAINT "webhook_events_check" CHECK (cardinality("events") > 0 AND "events" <@ ARRAY[
        'batch.completed', 'batch.completed_with_rejections', 'batch.failed', 'batch.duplicate', 'batch.undone', 'batch.redone'
    ]),
    CONSTRAINT "webhook_off_because_check" CHECK ("off_because" IS NULL OR "off_because" IN ('gone', 'given_up') AND NOT "active"),
    CONSTRAINT "webhook_old_secret_check" CHECK (("old_secret" IS NULL) = ("old_secret_until" IS NULL))
);

-- One message to one webhook. Made in the transaction that ends the batch, so that whatever dies, it is sent.
CREATE TABLE "webhook_delivery" (
    -- The receiver knows the message by it, however often it comes.
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "webhook_id" UUID NOT NULL,
    -- null: a message of no batch.
    "batch_id" UUID,
    "event" TEXT NOT NULL,
    -- The batch as it was then.
    "batch" JSONB,
    "happened_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    -- Who sends it now, and until when nobody else may.
    "claim_id" UUID,
    "claimed_until" TIMESTAMPTZ(6),
    "attempted_at" TIMESTAMPTZ(6),
    "response_status" INTEGER,
    "error" TEXT,
    "ended_at" TIMESTAMPTZ(6),
    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id") ON DELETE CASCADE,
    CONSTRAINT "webhook_delivery_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "ingest_batch" ("batch_id") ON DELETE CASCADE,
    CONSTRAINT "webhook_delivery_status_check" CHECK ("status" IN ('pending', 'delivered', 'given_up')),
    CONSTRAINT "webhook_delivery_ended_at_check" CHECK (("ended_at" IS NULL) = ("status" = 'pending'))
);
CREATE INDEX "webhook_delivery_pending_idx" ON "webhook_delivery" ("next_at") WHERE "status" = 'pending';
CREATE INDEX "webhook_delivery_webhook_id_happened_at_idx" ON "webhook_delivery" ("webhook_id", "happened_at");
CREATE INDEX "webhook_delivery_batch_id_idx" ON "webhook_delivery" ("batch_id");
CREATE INDEX "webhook_delivery_happened_at_idx" ON "webhook_delivery" ("happened_at");

-- Runs at the commit of whatever ended a batch, once a batch, and sees the batch as it is left. With the rights of the owner, so that a
-- load never fails for want of rights on webhooks. Tables are named with the schema of the trigger's table, whatever the search_path.
CREATE FUNCTION "queue_webhook_deliveries"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted boolean;
    queued bigint;
    event text := 'batch.' || CASE
        WHEN NEW.status <> 'completed' THEN NEW.status
        WHEN OLD.status = 'undone' THEN 'redone'
        WHEN NEW.records_rejected > 0 THEN 'completed_with_rejections'
        ELSE 'completed'
    END;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.webhook WHERE active AND (events IS NULL OR $1 = ANY (events)))', TG_TABLE_SCHEMA)
        INTO wanted USING event;
    IF NOT wanted THEN
        RETURN NULL;
    END IF;
    -- The webhooks are locked before they are referred to: one that is just being deleted is passed over, and fails no load.
    EXECUTE format(
        'INSERT INTO %1$I.webhook_delivery (webhook_id, batch_id, event, batch)
         SELECT w.id, b.batch_id, $2,
                to_jsonb(b) - ARRAY[''claimed_by'', ''heartbeat_at'', ''dedup_key'', ''applied_seq'', ''legacy'']
                    || jsonb_build_object(''external_id'', (SELECT d.external_id FROM %1$I.datasource d WHERE d.id = b.datasource_id))
         FROM %1$I.ingest_batch b
         CROSS JOIN %1$I.webhook w
         CROSS JOIN LATERAL (
             SELECT ARRAY(SELECT p.datasource_id FROM %1$I.ingest_batch_datasource p WHERE p.batch_id = b.batch_id
                          UNION SELECT b.datasource_id WHERE b.datasource_id IS NOT NULL) AS ids
         ) s
         WHERE b.batch_id = $1 AND w.active AND (w.events IS NULL OR $2 = ANY (w.events))
           -- As db/api/batch-inside.sql decides for a key with a fence.
           AND (w.datasource_ids IS NULL AND w.clients IS NULL
                OR cardinality(s.ids) > 0 AND (b.datasource_id IS NOT NULL OR b.records_rejected = 0)
                   AND cardinality(s.ids) = (SELECT count(*) FROM %1$I.datasource d
                                             WHERE d.id = ANY (s.ids) AND (d.id = ANY (w.datasource_ids) OR d.client = ANY (w.clients))))
         FOR KEY SHARE OF w', TG_TABLE_SCHEMA) USING NEW.batch_id, event;
    GET DIAGNOSTICS queued = ROW_COUNT;
    IF queued > 0 THEN
        PERFORM pg_notify('cei_webhook', '');
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION "queue_webhook_deliveries"() FROM PUBLIC;

-- A dry run changes nothing, and a legacy batch that is counted again did not fail.
CREATE CONSTRAINT TRIGGER "ingest_batch_webhooks" AFTER UPDATE OF "status" ON "ingest_batch" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW."status" <> OLD."status" AND NEW."status" IN ('completed', 'failed', 'duplicate', 'undone') AND NOT NEW."dry_run"
        AND NOT (NEW."source_type" = 'legacy' AND NEW."status" = 'failed'))
    EXECUTE FUNCTION "queue_webhook_deliveries"();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_owner') THEN
        GRANT ALL ON "webhook", "webhook_delivery" TO cei_owner;
    END IF;
    -- The ingestor has no right on either: the trigger writes for it.
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON "webhook", "webhook_delivery" TO cei_api;
    END IF;
END
$$;
