-- add_agent_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO agent_stats_read_models AS stats
    (agent_id, total_assigned, active_claims, resolved_claims, resolution_ms_sum, last_assignment_date)
SELECT agent_id, total_assigned, active_claims, resolved_claims, resolution_ms_sum, last_assignment_date
FROM jsonb_populate_recordset(NULL::agent_stats_read_models, %(deltas)s)
ORDER BY agent_id
ON CONFLICT (agent_id) DO UPDATE SET
    total_assigned = stats.total_assigned + excluded.total_assigned,
    active_claims = stats.active_claims + excluded.active_claims,
    resolved_claims = stats.resolved_claims + excluded.resolved_claims,
    resolution_ms_sum = stats.resolution_ms_sum + excluded.resolution_ms_sum,
    last_assignment_date = greatest(stats.last_assignment_date, excluded.last_assignment_date);
