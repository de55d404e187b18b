-- add_channel_stats.sql: add deltas, rows in key order so that two writers cannot deadlock.
INSERT INTO channel_stats AS stats (channel, total_claims)
SELECT channel, total_claims
FROM jsonb_populate_recordset(NULL::channel_stats, %(deltas)s)
ORDER BY channel
ON CONFLICT (channel) DO UPDATE SET total_claims = stats.total_claims + excluded.total_claims;
