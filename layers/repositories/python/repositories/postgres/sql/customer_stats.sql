-- customer_stats.sql: most claims first.
SELECT customer_id, total_claims, active_claims, resolved_claims, closed_claims, last_claim_date
FROM customer_stats_read_models
WHERE {conditions}
ORDER BY total_claims DESC, customer_id
LIMIT %(limit)s OFFSET %(offset)s;
