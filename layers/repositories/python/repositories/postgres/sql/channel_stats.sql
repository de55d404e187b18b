-- channel_stats.sql: most claims first.
SELECT channel, total_claims
FROM channel_stats
WHERE total_claims > 0
ORDER BY total_claims DESC, channel
LIMIT %(limit)s;
