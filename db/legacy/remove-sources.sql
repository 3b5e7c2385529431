-- Removes the datasources that the move made, one by one: what somebody has used since stays.
DO $$
DECLARE
    one integer;
BEGIN
    FOR one IN SELECT datasource_id FROM legacy_move.source WHERE made LOOP
        BEGIN
            DELETE FROM datasource WHERE id = one;
        EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
            NULL;
        END;
    END LOOP;
END
$$
