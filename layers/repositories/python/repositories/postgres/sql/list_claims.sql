-- list_claims.sql: a page. The filters are equalities on indexed columns, the keyset is one row comparison.
SELECT {columns}
FROM claim_read_models
WHERE {conditions}
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s;
