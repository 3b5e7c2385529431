-- What a table holds, whatever the order of its rows: how many, and the sums of two halves of each row's MD5. COPY may lay rows down in another
-- order than it reads them. Shares nothing with COPY's own text.
SELECT count(*)::text AS rows,
       coalesce(sum(('x' || substr(print, 1, 15))::bit(60)::bigint), 0) || '-' || coalesce(sum(('x' || substr(print, 16, 15))::bit(60)::bigint), 0) AS content
FROM (SELECT md5(ROW({columns})::text) AS print FROM ONLY {table}) p
