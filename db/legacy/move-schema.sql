-- The workroom of a move from an old database: its rows as they were, what was decided about each, and how far the work is.
-- Made by `migrate:legacy run` (and, inside a transaction that is rolled back, by `plan`); dropped by `finish` and `abort`.
-- Nothing in it refers to the product's own tables, so that a plan needs none of them.
CREATE SCHEMA legacy_move;

CREATE TABLE legacy_move.settings (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    phase text NOT NULL DEFAULT 'new',
    paused boolean NOT NULL DEFAULT false,
    source jsonb NOT NULL DEFAULT '{}',
    -- Whether an earlier move of the same files was finished here: what it moved is not this one's to take back.
    was_moved boolean NOT NULL DEFAULT false,
    probe jsonb NOT NULL DEFAULT '{}',
    -- Zone, map and --recover of the last run: what comes after it decides alike.
    choices jsonb,
    -- The ids of a row written up to epoch_low are those of device, from epoch_high on those of generic_device; between: nobody knows.
    epoch_low timestamptz NOT NULL DEFAULT '-infinity',
    epoch_high timestamptz NOT NULL DEFAULT '-infinity',
    fk_register text NOT NULL DEFAULT 'generic_device',
    ampm_since timestamptz NOT NULL DEFAULT '2026-01-23 00:00+00',
    ampm_until timestamptz NOT NULL DEFAULT '2026-02-06 00:00+00',
    nonexistent text NOT NULL DEFAULT 'reject' CHECK (nonexistent IN ('reject', 'shift')),
    autumn text NOT NULL DEFAULT 'standard' CHECK (autumn IN ('standard', 'first')),
    weather_csv text NOT NULL DEFAULT 'local' CHECK (weather_csv IN ('local', 'utc')),
    ampm text NOT NULL DEFAULT 'reject' CHECK (ampm IN ('reject', 'shift', 'keep')),
    zero text NOT NULL DEFAULT 'null' CHECK (zero IN ('null', 'keep')),
    recover boolean NOT NULL DEFAULT false,
    -- Readings from the day after tomorrow on are no readings; fixed with the settings, so that a second run judges alike.
    future_from timestamptz NOT NULL DEFAULT date_trunc('day', now()) + interval '2 days',
    no_batch uuid NOT NULL,
    reverse_until timestamptz,
    cut_over_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Every row of every old table, whole. `gone`: deleted at the source after it was copied (kept for staging rows, which are evidence).
CREATE TABLE legacy_move.old (
    tab text NOT NULL,
    key text NOT NULL,
    "row" jsonb NOT NULL,
    outcome text CHECK (outcome IN ('migrated', 'rejected')),
    reason text,
    gone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tab, key)
);

CREATE TABLE legacy_move.progress (tab text PRIMARY KEY, last_key text, copied bigint NOT NULL DEFAULT 0, total bigint, done boolean NOT NULL DEFAULT false);

-- Rows that are still to be decided, and groups of readings that are still to be judged and written.
CREATE TABLE legacy_move.todo (tab text NOT NULL, key text NOT NULL, PRIMARY KEY (tab, key));
CREATE TABLE legacy_move.dirty (dataset text NOT NULL, source text NOT NULL, day date NOT NULL, PRIMARY KEY (dataset, source, day));
-- Target keys at which a reading of ours stood and may stand no longer.
CREATE TABLE legacy_move.vacated (dataset text NOT NULL, source text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (dataset, source, at));

-- The two registers merged; `folded` is lower(btrim(external id)).
CREATE TABLE legacy_move.source (
    folded text PRIMARY KEY,
    external_id text NOT NULL,
    fields jsonb NOT NULL,
    zone text,
    zone_from text NOT NULL,
    secrets jsonb NOT NULL DEFAULT '{}',
    conflicts jsonb NOT NULL DEFAULT '[]',
    datasource_id integer,
    -- Whether the move made that datasource, and what it said of it last.
    made boolean NOT NULL DEFAULT false,
    told jsonb
);
CREATE TABLE legacy_move.handle (register text NOT NULL, old_id integer NOT NULL, folded text NOT NULL, PRIMARY KEY (register, old_id));

-- What the map file says: kind is batch (a text of ingest_file.device_id, a file name or a file id) or rows (an old table, for rows without batch).
CREATE TABLE legacy_move.map (kind text NOT NULL, value text NOT NULL, folded text NOT NULL, PRIMARY KEY (kind, value));

CREATE TABLE legacy_move.batch (file uuid PRIMARY KEY, source text, via text NOT NULL, written timestamptz);

-- This move's batches: those of another move, which was finished, are none of its business.
CREATE VIEW legacy_move.own_batch AS SELECT file AS batch_id FROM legacy_move.batch UNION ALL SELECT no_batch FROM legacy_move.settings;

CREATE TABLE legacy_move.reading (
    tab text NOT NULL,
    key text NOT NULL,
    dataset text NOT NULL,
    is_fact boolean NOT NULL,
    "natural" text,
    loaded boolean NOT NULL,
    file uuid,
    created timestamptz,
    writer uuid,
    written timestamptz,
    lineage_corrected boolean NOT NULL,
    source text,
    fk_source text,
    wall timestamp,
    at timestamptz,
    day date,
    measures jsonb,
    source_row integer,
    quality smallint NOT NULL DEFAULT 0,
    fault text,
    outcome text CHECK (outcome IN ('migrated', 'rejected')),
    reason text,
    PRIMARY KEY (tab, key)
-- Every reading gets its verdict by an update later: with room for it on its page, no index has to know.
) WITH (fillfactor = 55);
CREATE INDEX reading_group ON legacy_move.reading (dataset, source, day);
-- One expression rather than two columns: no other index begins with it, so that even an empty table without statistics is read by this one.
CREATE INDEX reading_natural ON legacy_move.reading ((dataset || '|' || "natural"));
CREATE INDEX reading_at ON legacy_move.reading (dataset, source, at);
CREATE INDEX reading_writer ON legacy_move.reading (writer);

-- Old log rows get new ids here: both systems may go on numbering after the copy.
CREATE TABLE legacy_move.log_id (tab text NOT NULL, key text NOT NULL, id bigint NOT NULL, PRIMARY KEY (tab, key));

-- After the cutover: keys that the new system wrote, and what of them the old keys cannot hold.
CREATE TABLE legacy_move.reverse_queue (dataset text NOT NULL, datasource_id integer NOT NULL, at timestamptz NOT NULL);
CREATE TABLE legacy_move.rollback_overflow (dataset text NOT NULL, datasource_id integer NOT NULL, at timestamptz NOT NULL, reason text NOT NULL, "row" jsonb NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (dataset, datasource_id, at));

-- Where each row of each old table ended.
CREATE VIEW legacy_move.ledger AS
SELECT o.tab, o.key, o.gone, coalesce(r.outcome, o.outcome) AS outcome, coalesce(r.reason, CASE WHEN r.outcome IS NULL THEN o.reason END) AS reason
FROM legacy_move.old o
LEFT JOIN legacy_move.reading r USING (tab, key);

-- Texts of the old staging tables are whatever a file said; a cast must not end a move.
CREATE FUNCTION legacy_move.read_timestamp(said text) RETURNS timestamp LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN said::timestamp;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
CREATE FUNCTION legacy_move.read_instant(said text) RETURNS timestamptz LANGUAGE plpgsql STABLE SET TimeZone = 'UTC' AS $$
BEGIN
    RETURN said::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

-- The time of day that a raw row shows on a twelve-hour clock, if it shows one: "1/21/2026 1:00:00 PM".
CREATE FUNCTION legacy_move.read_half_day(raw jsonb) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT make_interval(hours => part[1]::int % 12 + CASE WHEN upper(part[4]) = 'PM' THEN 12 ELSE 0 END,
                         mins => part[2]::int, secs => coalesce(part[3], '0')::int)
    FROM jsonb_each_text(CASE WHEN jsonb_typeof(raw) = 'object' THEN raw ELSE '{}' END) AS cell,
         regexp_match(cell.value, '\d\s+(0?[1-9]|1[0-2]):([0-5]\d)(?::([0-5]\d))?\s*(AM|PM)\s*$', 'i') AS part
    WHERE part IS NOT NULL
    LIMIT 1
$$;
