-- product_stats.sql: most claims first.
SELECT product_id, product_name, total_claims, active_claims, resolved_claims, closed_claims
FROM product_stats_read_models
WHERE total_claims > 0 AND {conditions}
ORDER BY total_claims DESC, product_id
LIMIT %(limit)s OFFSET %(offset)s;
