-- migrations_table.sql: which migrations were applied, with what text.
CREATE TABLE IF NOT EXISTS public.schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,            -- SHA-256 of the file, 64 hex digits
    applied_at timestamptz NOT NULL DEFAULT now()
);
