-- Removes deliveries older than $1 days, but for those that are still to be sent.
DELETE FROM webhook_delivery d USING webhook w
WHERE w.id = d.webhook_id AND d.happened_at < clock_timestamp() - make_interval(days => $1) AND (d.status <> 'pending' OR NOT w.active)
