-- How one old row is read: whether it came from an API (its times carry their own offset), and what a staging row holds.
CREATE FUNCTION legacy_move.is_api(said jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(said->>'source_type' = 'api', false)
        OR coalesce(said->>'ingestion_method' IN ('json', 'streaming'), false)
        OR coalesce(said->>'source_api_endpoint' ~* '^https?://', false)
$$;
CREATE FUNCTION legacy_move.read_staged(staged jsonb, time_name text,
    OUT data jsonb, OUT ts timestamp, OUT device int, OUT file uuid, OUT created timestamptz, OUT row_no int, OUT is_valid boolean, OUT loaded boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    data := CASE WHEN jsonb_typeof(staged->'transformed_data') = 'object' THEN staged->'transformed_data' ELSE '{}' END;
    ts := legacy_move.read_timestamp(data->>time_name);
    device := CASE WHEN data->>'device_id' ~ '^\d{1,9}$' THEN (data->>'device_id')::int END;
    file := (staged->>'file_id')::uuid;
    created := (staged->>'created_at')::timestamptz;
    row_no := (staged->>'row_number')::int;
    is_valid := coalesce((staged->>'is_valid')::boolean, false) AND ts IS NOT NULL;
    loaded := is_valid AND coalesce((staged->>'loaded_to_final')::boolean, false);
END
$$;
