-- update_claims.sql: locked claims after their events. What a creation tells stays, and with it most of the search text:
-- an upsert would make that twice for each event. What a context tells is written for the few claims that got theirs.
UPDATE claim_read_models AS claim
SET {updates}, projected_at = clock_timestamp()
FROM jsonb_populate_recordset(NULL::claim_read_models, %(rows)s) AS changed
WHERE claim.claim_id = changed.claim_id;
