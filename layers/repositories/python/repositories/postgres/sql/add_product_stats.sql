-- add_product_stats.sql: add deltas, rows in key order so that two writers cannot deadlock. The name told last stays; an
-- empty one sorts before every other.
INSERT INTO product_stats_read_models AS stats
    (product_id, total_claims, active_claims, resolved_claims, closed_claims, product_name, named_at)
SELECT product_id, total_claims, active_claims, resolved_claims, closed_claims, product_name, named_at
FROM jsonb_populate_recordset(NULL::product_stats_read_models, %(deltas)s)
ORDER BY product_id
ON CONFLICT (product_id) DO UPDATE SET
    total_claims = stats.total_claims + excluded.total_claims,
    active_claims = stats.active_claims + excluded.active_claims,
    resolved_claims = stats.resolved_claims + excluded.resolved_claims,
    closed_claims = stats.closed_claims + excluded.closed_claims,
    product_name = CASE
        WHEN stats.named_at IS NULL OR (excluded.named_at, excluded.product_name) > (stats.named_at, stats.product_name)
        THEN excluded.product_name
        ELSE stats.product_name
    END,
    named_at = greatest(stats.named_at, excluded.named_at);
