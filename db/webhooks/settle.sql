-- Writes down how the attempt under claim $2 of delivery $1 ended: status $3, answer $4, error $5, the next one in $6 seconds. $7: the webhook
-- is gone; $8: so many given up in a row switch it off. Pings count for nothing.
WITH settled AS (
  UPDATE webhook_delivery
  SET status = $3, response_status = $4, error = $5, next_at = clock_timestamp() + make_interval(secs => $6), claim_id = NULL, claimed_until = NULL,
      ended_at = CASE WHEN $3 <> 'pending' THEN clock_timestamp() END
  WHERE id = $1 AND claim_id = $2
  RETURNING webhook_id, event
)
UPDATE webhook w
SET given_up_in_row = CASE WHEN $3 = 'delivered' THEN 0 ELSE w.given_up_in_row + 1 END,
    active = w.active AND NOT $7 AND ($3 = 'delivered' OR w.given_up_in_row + 1 < $8),
    off_because = CASE WHEN NOT w.active THEN w.off_because WHEN $7 THEN 'gone' WHEN $3 <> 'delivered' AND w.given_up_in_row + 1 >= $8 THEN 'given_up' END
FROM settled s
WHERE w.id = s.webhook_id AND s.event <> 'webhook.ping' AND ($3 = 'given_up' OR $3 = 'delivered' AND w.given_up_in_row > 0)
RETURNING w.active, w.off_because
