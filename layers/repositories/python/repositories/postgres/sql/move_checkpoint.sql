-- move_checkpoint.sql: never backwards; an error stays told until another one.
UPDATE projection_checkpoints SET
    high_position = greatest(high_position, %(new_high)s::bigint),
    updated_at = now(),
    last_error = coalesce(%(error)s::text, last_error),
    last_error_at = CASE WHEN %(error)s::text IS NULL THEN last_error_at ELSE now() END
WHERE projection = 'read_models';
