-- get_claim.sql: one claim with its history.
SELECT {columns} FROM claim_read_models WHERE claim_id = %(claim_id)s;
