-- add_daily_trends.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO daily_trends AS trend (day, created, resolved, closed)
SELECT day, created, resolved, closed
FROM jsonb_populate_recordset(NULL::daily_trends, %(deltas)s)
ORDER BY day
ON CONFLICT (day) DO UPDATE SET
    created = trend.created + excluded.created,
    resolved = trend.resolved + excluded.resolved,
    closed = trend.closed + excluded.closed;
