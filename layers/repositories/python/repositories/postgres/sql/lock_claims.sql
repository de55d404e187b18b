-- lock_claims.sql: the batch's claims, in the order that every writer takes them in, so that two cannot deadlock.
SELECT {columns}
FROM claim_read_models
WHERE claim_id = ANY (%(claim_ids)s)
ORDER BY claim_id
FOR UPDATE;
