-- search_claims.sql: the newest matches are found first and only they are ranked, then one page of them is shown.
WITH newest AS MATERIALIZED (
    SELECT claim_id, created_at, search
    FROM claim_read_models
    WHERE search @@ %(query)s::tsquery AND {conditions}
    ORDER BY created_at DESC, claim_id DESC
    LIMIT %(matches_max)s
),
ranked AS (
    -- 1: a long description does not win by its length.
    SELECT claim_id, created_at, ts_rank(search, %(query)s::tsquery, 1)::float8 AS score FROM newest
),
page AS (
    SELECT claim_id, created_at, score
    FROM ranked
    WHERE {after}
    ORDER BY score DESC, created_at DESC, claim_id DESC
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT
    {columns},
    page.score AS score,
    ts_headline('public.recours_french', claim.description, %(query)s::tsquery, %(headline)s) AS highlight
FROM page JOIN claim_read_models AS claim USING (claim_id)
ORDER BY page.score DESC, page.created_at DESC, page.claim_id DESC;
