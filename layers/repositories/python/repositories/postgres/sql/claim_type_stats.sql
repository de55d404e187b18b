-- claim_type_stats.sql: every type, or the one asked for.
SELECT claim_type, total_claims, created, assigned, in_progress, resolved, closed
FROM claim_type_stats_read_models
WHERE %(claim_type)s::text IS NULL OR claim_type = %(claim_type)s
ORDER BY claim_type;
