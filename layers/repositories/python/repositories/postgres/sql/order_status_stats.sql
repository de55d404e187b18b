-- order_status_stats.sql: most claims first.
SELECT order_status, total_claims
FROM order_status_stats
WHERE total_claims > 0
ORDER BY total_claims DESC, order_status
LIMIT %(limit)s;
