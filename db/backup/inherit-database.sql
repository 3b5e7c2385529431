-- The statements that give database $2 the owner, rights and settings of database $1, whose name it is about to take.
WITH old AS (
    SELECT * FROM pg_database WHERE datname = $1
), set_value AS (
    SELECT s.setrole, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
    FROM old CROSS JOIN pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c WHERE s.setdatabase = old.oid
), set_text AS (
    -- Lists are stored quoted as they are to be said again.
    SELECT setrole, format('%I TO %s', name, CASE WHEN name ~ '_path$|_libraries$|_tablespaces$' THEN value ELSE quote_literal(value) END) AS said FROM set_value
)
SELECT format('ALTER DATABASE %I OWNER TO %I', $2::text, pg_get_userbyid(datdba)) AS step FROM old WHERE pg_get_userbyid(datdba) <> current_user
UNION ALL SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2) FROM old WHERE datacl IS NOT NULL
UNION ALL SELECT format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, $2, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
    FROM old CROSS JOIN aclexplode(old.datacl) a
UNION ALL SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', $2, datconnlimit) FROM old WHERE datconnlimit >= 0
UNION ALL SELECT format('ALTER DATABASE %I SET %s', $2, said) FROM set_text WHERE setrole = 0
UNION ALL SELECT format('ALTER ROLE %I IN DATABASE %I SET %s', pg_get_userbyid(setrole), $2, said) FROM set_text WHERE setrole <> 0
