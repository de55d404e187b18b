-- has_position.sql: whether all up to a position is applied. A gap that stays open is a stuck claim's: it counts for
-- its own position only.
SELECT
    (SELECT high_position FROM projection_checkpoints WHERE projection = 'read_models') >= %(position)s
    AND NOT EXISTS (
        SELECT FROM projection_gaps
        WHERE position <= %(position)s
            AND (position = %(position)s OR noticed_at > now() - make_interval(secs => %(stuck_seconds)s))
    );
