#!/bin/sh
# Run once by the official image, on an empty data directory: the services' user, who owns their database and is no
# superuser. The extensions that the migrations make (pg_trgm, unaccent) are trusted ones: a database's owner may.
set -eu
psql --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set ON_ERROR_STOP=1 --set password="$RECOURS_POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE recours LOGIN PASSWORD :'password';
CREATE DATABASE recours OWNER recours ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE recours FROM PUBLIC;
SQL
