-- add_claim_type_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO claim_type_stats_read_models AS stats
    (claim_type, total_claims, created, assigned, in_progress, resolved, closed)
SELECT claim_type, total_claims, created, assigned, in_progress, resolved, closed
FROM jsonb_populate_recordset(NULL::claim_type_stats_read_models, %(deltas)s)
ORDER BY claim_type
ON CONFLICT (claim_type) DO UPDATE SET
    total_claims = stats.total_claims + excluded.total_claims,
    created = stats.created + excluded.created,
    assigned = stats.assigned + excluded.assigned,
    in_progress = stats.in_progress + excluded.in_progress,
    resolved = stats.resolved + excluded.resolved,
    closed = stats.closed + excluded.closed;
