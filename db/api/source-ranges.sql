-- The sources that a read names, each with its range: instants, and the local days that begin inside them.
-- $1 ids or null, $2 external ids or null, $3 client or null, $4 zone or null, $5 day from, $6 instant from, $7 day to, $8 instant to, $9 ids inside the fence or null.
-- A day begins at its first instant: one hour before "midnight" where the clocks went back over midnight (Azores, Havana), for
-- which AT TIME ZONE takes the later of the two; where they went forward over it, AT TIME ZONE gives the first instant itself.
WITH source AS (
    SELECT id, external_id, coalesce($4, timezone, 'UTC') AS zone, coalesce(timezone, 'UTC') AS source_zone
    FROM datasource
    WHERE (($1::int[] IS NULL AND $2::text[] IS NULL)
           OR id = ANY ($1::int[])
           OR lower(btrim(external_id)) IN (SELECT lower(btrim(name)) FROM unnest($2::text[]) AS given (name)))
      AND ($3::text IS NULL OR client = $3)
      AND ($9::int[] IS NULL OR id = ANY ($9))
),
bound AS (
    SELECT source.*, side, "at", coalesce("day", ("at" AT TIME ZONE zone)::date) AS "day"
    FROM source
    CROSS JOIN (VALUES ('from', $5::date, $6::timestamptz), ('to', $7::date, $8::timestamptz)) AS given (side, "day", "at")
),
midnight AS (
    SELECT *, "day"::timestamp AT TIME ZONE zone AS usual FROM bound
),
begun AS (
    SELECT *, CASE WHEN ((usual - interval '1 hour') AT TIME ZONE zone)::date = "day" THEN usual - interval '1 hour'
                   ELSE usual END AS day_start
    FROM midnight
),
resolved AS (
    SELECT id, external_id, zone, source_zone, side,
           coalesce("at", day_start) AS instant,
           CASE WHEN "at" > day_start THEN "day" + 1 ELSE "day" END AS "day"
    FROM begun
)
SELECT id,
       external_id,
       zone,
       source_zone,
       coalesce(max(instant) FILTER (WHERE side = 'from'), '-infinity')::text AS instant_from,
       coalesce(max(instant) FILTER (WHERE side = 'to'), 'infinity')::text AS instant_to,
       coalesce(max("day") FILTER (WHERE side = 'from'), '-infinity')::text AS day_from,
       coalesce(max("day") FILTER (WHERE side = 'to'), 'infinity')::text AS day_to,
       coalesce(max(instant) FILTER (WHERE side = 'from') > max(instant) FILTER (WHERE side = 'to'), false) AS reversed
FROM resolved
GROUP BY id, external_id, zone, source_zone
ORDER BY id
