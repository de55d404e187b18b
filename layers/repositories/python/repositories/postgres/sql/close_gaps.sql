-- close_gaps.sql: what is applied is no gap any more.
DELETE FROM projection_gaps WHERE position = ANY (%(applied)s::bigint[]);
