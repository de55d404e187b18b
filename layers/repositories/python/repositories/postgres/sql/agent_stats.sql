-- agent_stats.sql: most claims first.
SELECT
    agent_id, total_assigned, active_claims, resolved_claims,
    (resolution_ms_sum / nullif(resolved_claims, 0) / 1000)::float8 AS mean_resolution_seconds,
    last_assignment_date
FROM agent_stats_read_models
WHERE {conditions}
ORDER BY total_assigned DESC, agent_id
LIMIT %(limit)s OFFSET %(offset)s;
