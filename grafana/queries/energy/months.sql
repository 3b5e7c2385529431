-- Whole local months. Compared by the mean of the days with readings, so that a hole does not look like saving.
WITH {source}, {day},
month AS (
    SELECT id, name, zone, date_trunc('month', day::timestamp)::date AS month, sum(kwh::numeric)::float8 AS kwh, count(*) AS days
    FROM day
    GROUP BY 1, 2, 3, 4
),
compared AS (
    SELECT m.*, m.kwh / m.days AS per_day, before.kwh / before.days AS per_day_before, year_ago.kwh / year_ago.days AS per_day_year_ago,
        extract(day FROM m.month + interval '1 month' - interval '1 day')::int AS days_in_month
    FROM month m
    LEFT JOIN month before ON before.id = m.id AND before.month = m.month - interval '1 month'
    LEFT JOIN month year_ago ON year_ago.id = m.id AND year_ago.month = m.month - interval '1 year'
)
SELECT
    to_char(month, 'YYYY-MM') AS "Month",
    name AS "Meter",
    kwh AS "kWh",
    days AS "Days with readings",
    days_in_month AS "Days",
    per_day AS "kWh per day",
    (per_day / nullif(per_day_before, 0) - 1) * 100 AS "Against the month before",
    (per_day / nullif(per_day_year_ago, 0) - 1) * 100 AS "Against the year before"
FROM compared
WHERE month >= date_trunc('month', $__timeFrom()::timestamptz AT TIME ZONE zone)
ORDER BY 1 DESC, 2
