-- add_gaps.sql: what was not applied between the old high position and the new one, and what failed.
-- A failed position gets its reason even where it was a gap already; noticed_at stays that of the first time.
INSERT INTO projection_gaps AS gap (position, claim_id, reason)
SELECT missing.position, failure.claim_id, failure.reason
FROM (
    SELECT generate_series(%(old_high)s::bigint + 1, %(new_high)s::bigint) AS position
    EXCEPT
    SELECT unnest(%(applied)s::bigint[])
    UNION
    SELECT unnest(%(failed)s::bigint[])
) AS missing
LEFT JOIN unnest(%(failed)s::bigint[], %(claim_ids)s::text[], %(reasons)s::text[])
    AS failure (position, claim_id, reason) USING (position)
ON CONFLICT (position) DO UPDATE SET claim_id = excluded.claim_id, reason = excluded.reason
WHERE excluded.reason IS NOT NULL;
