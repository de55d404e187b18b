-- trends.sql: the days on which something happened.
SELECT day, created, resolved, closed FROM daily_trends WHERE day >= %(since)s ORDER BY day;
