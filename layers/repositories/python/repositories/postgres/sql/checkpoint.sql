-- checkpoint.sql: up to where everything is applied, and up to where everything but the gaps.
SELECT
    high_position,
    coalesce((SELECT min(position) - 1 FROM projection_gaps), high_position) AS low_position,
    (SELECT count(*) FROM projection_gaps) AS gap_count,
    updated_at, last_error, last_error_at
FROM projection_checkpoints
WHERE projection = 'read_models';
