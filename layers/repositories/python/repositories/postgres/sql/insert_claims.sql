-- insert_claims.sql: claims that were not there when the batch's were locked. One that is there now was made by another
-- writer meanwhile: it is left alone, and the count of written rows tells.
INSERT INTO claim_read_models ({columns})
SELECT {columns}
FROM jsonb_populate_recordset(NULL::claim_read_models, %(rows)s)
ORDER BY claim_id
ON CONFLICT (claim_id) DO NOTHING;
