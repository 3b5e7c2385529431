#!/bin/bash
# Runs once, as superuser, when the database server of docker-compose.yaml is new: makes the users of the services, gives them their
# passwords, and the database to its owner. What each may do with the tables is granted by the migrations. Makes no table.
set -euo pipefail

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password CEI_OWNER_PASSWORD
\getenv ingestor_password CEI_INGESTOR_PASSWORD
\getenv api_password CEI_API_PASSWORD
\getenv grafana_password CEI_GRAFANA_PASSWORD

CREATE ROLE cei_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE cei_ingestor LOGIN PASSWORD :'ingestor_password';
CREATE ROLE cei_api LOGIN PASSWORD :'api_password';
CREATE ROLE cei_grafana LOGIN PASSWORD :'grafana_password' CONNECTION LIMIT 20;
-- A dashboard's query can neither write nor run for ever.
ALTER ROLE cei_grafana SET default_transaction_read_only = on;
ALTER ROLE cei_grafana SET statement_timeout = '30s';

ALTER DATABASE :"DBNAME" OWNER TO cei_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO cei_api, cei_grafana;
-- The ingestor stages rows in temporary tables.
GRANT CONNECT, TEMPORARY ON DATABASE :"DBNAME" TO cei_ingestor;
-- Only a superuser can grant this one: the loader checks the parents of a batch itself and switches the row-by-row checks off.
GRANT SET ON PARAMETER session_replication_role TO cei_ingestor;
SQL
