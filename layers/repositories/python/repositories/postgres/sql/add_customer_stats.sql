-- add_customer_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO customer_stats_read_models AS stats
    (customer_id, total_claims, active_claims, resolved_claims, closed_claims, last_claim_date)
SELECT customer_id, total_claims, active_claims, resolved_claims, closed_claims, last_claim_date
FROM jsonb_populate_recordset(NULL::customer_stats_read_models, %(deltas)s)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    total_claims = stats.total_claims + excluded.total_claims,
    active_claims = stats.active_claims + excluded.active_claims,
    resolved_claims = stats.resolved_claims + excluded.resolved_claims,
    closed_claims = stats.closed_claims + excluded.closed_claims,
    last_claim_date = greatest(stats.last_claim_date, excluded.last_claim_date);
