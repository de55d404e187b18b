-- summary.sql: all claims, from the four rows that count them by type.
SELECT
    coalesce(sum(total_claims), 0)::bigint AS total_claims,
    coalesce(sum(created + assigned + in_progress), 0)::bigint AS active_claims,
    coalesce(sum(resolved), 0)::bigint AS resolved_claims,
    coalesce(sum(closed), 0)::bigint AS closed_claims
FROM claim_type_stats_read_models;
