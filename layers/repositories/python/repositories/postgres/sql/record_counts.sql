-- record_counts.sql: how many rows each read model has; the claims from their counters.
SELECT
    (SELECT coalesce(sum(total_claims), 0)::bigint FROM claim_type_stats_read_models) AS claims,
    (SELECT count(*) FROM customer_stats_read_models WHERE total_claims > 0) AS customers,
    (SELECT count(*) FROM agent_stats_read_models) AS agents,
    (SELECT count(*) FROM claim_type_stats_read_models) AS claim_types,
    (SELECT count(*) FROM product_stats_read_models WHERE total_claims > 0) AS products,
    (SELECT count(*) FROM order_stats_read_models WHERE total_claims > 0) AS orders;
