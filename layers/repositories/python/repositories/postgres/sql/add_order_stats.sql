-- add_order_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO order_stats_read_models AS stats (order_id, total_claims)
SELECT order_id, total_claims
FROM jsonb_populate_recordset(NULL::order_stats_read_models, %(deltas)s)
ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET total_claims = stats.total_claims + excluded.total_claims;
