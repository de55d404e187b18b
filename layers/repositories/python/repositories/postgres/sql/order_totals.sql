-- order_totals.sql: claims beside orders, from the counters.
SELECT
    (SELECT coalesce(sum(total_claims), 0)::bigint FROM order_status_stats) AS claims_with_order,
    (SELECT count(*) FROM order_stats_read_models WHERE total_claims > 0) AS orders_with_claims,
    (SELECT orders_total FROM known_orders_total) AS orders_total,
    (SELECT told_at FROM known_orders_total) AS orders_total_at;
