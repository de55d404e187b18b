-- customer_stats.sql: most claims first. One who stood in for another customer has no claims any more.
SELECT customer_id, total_claims, active_claims, resolved_claims, closed_claims, last_claim_date
FROM customer_stats_read_models
WHERE total_claims > 0 AND {conditions}
ORDER BY total_claims DESC, customer_id
LIMIT %(limit)s OFFSET %(offset)s;
