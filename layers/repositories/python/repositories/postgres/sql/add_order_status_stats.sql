-- add_order_status_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO order_status_stats AS stats (order_status, total_claims)
SELECT order_status, total_claims
FROM jsonb_populate_recordset(NULL::order_status_stats, %(deltas)s)
ORDER BY order_status
ON CONFLICT (order_status) DO UPDATE SET total_claims = stats.total_claims + excluded.total_claims;
