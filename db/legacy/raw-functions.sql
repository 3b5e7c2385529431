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
-- A clock's reading whose year no calendar here goes to is none: casting it on would end the whole move with "timestamp out of range".
CREATE FUNCTION legacy_move.read_wall(said text) RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN said ~ '^\d{5}' THEN timestamp 'infinity' WHEN said ~ '^[4-9]\d{3}-.*BC$' THEN timestamp '-infinity' ELSE said::timestamp END
$$;
-- Whether a staging row's value fits its measure: it is whatever a file said, and a cast must not end a move.
CREATE FUNCTION legacy_move.is_measure(name text, value jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    said text := value #>> '{}';
BEGIN
    IF said IS NULL THEN
        RETURN true;
    ELSIF name IN ('number_of_animals', 'average_lactation_days', 'rumination_minutes') THEN
        RETURN said::numeric::int IS NOT NULL;
    END IF;
    RETURN said ~ '^-?\d{1,15}(\.\d{1,15})?$' OR said::float8 NOT IN ('NaN', 'Infinity', '-Infinity');
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
