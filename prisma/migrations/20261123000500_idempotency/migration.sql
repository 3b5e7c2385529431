-- Answers to requests with an Idempotency-Key, for a day: the same request again gets the same answer and does nothing.
CREATE TABLE "idempotent_request" (
    -- The API key, or 'anybody' where none is asked for.
    "who" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    -- SHA-256 of method, address and body: another request may not use the key.
    "fingerprint" BYTEA NOT NULL,
    -- null while the first request is being answered.
    "status" INTEGER,
    "headers" JSONB,
    "body" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "idempotent_request_pkey" PRIMARY KEY ("who", "key")
);
CREATE INDEX "idempotent_request_created_at_idx" ON "idempotent_request" ("created_at");

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_owner') THEN
        GRANT ALL ON "idempotent_request" TO cei_owner;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_api') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotent_request" TO cei_api;
    END IF;
END
$$;
