-- What a claim learns from the order and customer systems, and the counters by product, order and channel.
ALTER TABLE read_v1.claim_read_models
    ADD COLUMN order_status text COLLATE "C",   -- as it was told; NULL where nobody told it, or only a simulation did
    ADD COLUMN enriched_at timestamptz,         -- when the context was learnt that the claim was made without
    ADD COLUMN context_event_id text;           -- the event that told it

CREATE TABLE read_v1.product_stats_read_models (
    product_id text COLLATE "C" PRIMARY KEY,
    total_claims bigint NOT NULL,      -- active + resolved + closed
    active_claims bigint NOT NULL,
    resolved_claims bigint NOT NULL,
    closed_claims bigint NOT NULL,
    product_name text COLLATE "C",     -- as an order told it last
    named_at timestamptz               -- then; NULL where no order told it
);
CREATE INDEX product_stats_by_total ON read_v1.product_stats_read_models (total_claims DESC, product_id);

CREATE TABLE read_v1.order_stats_read_models (
    order_id text COLLATE "C" PRIMARY KEY,
    total_claims bigint NOT NULL
);

CREATE TABLE read_v1.order_status_stats (
    order_status text COLLATE "C" PRIMARY KEY, -- 'unknown' for an order of which nobody told one
    total_claims bigint NOT NULL
);

CREATE TABLE read_v1.channel_stats (
    channel text COLLATE "C" PRIMARY KEY,      -- 'unknown' where nobody told one
    total_claims bigint NOT NULL
);

CREATE TABLE read_v1.known_orders_total (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    orders_total bigint NOT NULL,      -- how many orders the order system had
    told_at timestamptz NOT NULL       -- then
);

-- The claims that are there already, as folding their events makes them today. None has a context yet.
CREATE FUNCTION pg_temp.told(claim_order jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN claim_order ->> 'source' IS DISTINCT FROM 'simulated' THEN claim_order END;

CREATE FUNCTION pg_temp.only_product(claim_order jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN jsonb_array_length(claim_order -> 'items') = 1 THEN nullif(claim_order #>> '{items,0,product_id}', '')
    END;

UPDATE read_v1.claim_read_models SET
    -- A field that orders did not have: nobody told it.
    "order" = '{"orders_total": null}'::jsonb || "order",
    order_status = nullif(pg_temp.told("order") ->> 'status', ''),
    product_id = coalesce(product_id, pg_temp.only_product(pg_temp.told("order")))
WHERE "order" IS NOT NULL;

INSERT INTO read_v1.product_stats_read_models
    (product_id, total_claims, active_claims, resolved_claims, closed_claims)
SELECT
    product_id,
    count(*),
    count(*) FILTER (WHERE status IN ('created', 'assigned', 'in_progress')),
    count(*) FILTER (WHERE status = 'resolved'),
    count(*) FILTER (WHERE status = 'closed')
FROM read_v1.claim_read_models
WHERE product_id IS NOT NULL
GROUP BY product_id;

UPDATE read_v1.product_stats_read_models AS stats
SET product_name = named.product_name, named_at = named.created_at
FROM (
    SELECT DISTINCT ON (claim.product_id) claim.product_id, claim.created_at, item.product_name
    FROM read_v1.claim_read_models AS claim
    -- An order's first name for the product counts, and of all orders' the last one told.
    CROSS JOIN LATERAL (
        SELECT line ->> 'product_name' COLLATE "C" AS product_name
        FROM jsonb_array_elements(pg_temp.told(claim."order") -> 'items') WITH ORDINALITY AS items (line, place)
        WHERE line ->> 'product_id' = claim.product_id AND line ->> 'product_name' <> ''
        ORDER BY place
        LIMIT 1
    ) AS item
    WHERE claim.product_id IS NOT NULL
    ORDER BY claim.product_id, claim.created_at DESC, item.product_name DESC
) AS named
WHERE named.product_id = stats.product_id;

INSERT INTO read_v1.order_stats_read_models (order_id, total_claims)
SELECT order_id, count(*) FROM read_v1.claim_read_models WHERE order_id IS NOT NULL GROUP BY order_id;

INSERT INTO read_v1.order_status_stats (order_status, total_claims)
SELECT coalesce(order_status, 'unknown') AS told_status, count(*)
FROM read_v1.claim_read_models
WHERE order_id IS NOT NULL
GROUP BY told_status;

INSERT INTO read_v1.channel_stats (channel, total_claims)
SELECT coalesce(nullif(channel, ''), 'unknown') AS told_channel, count(*)
FROM read_v1.claim_read_models
GROUP BY told_channel;

-- A view has the columns that its table had when it was made: those of today come at its end.
CREATE OR REPLACE VIEW public.claim_read_models AS SELECT * FROM read_v1.claim_read_models;
CREATE VIEW public.product_stats_read_models AS SELECT * FROM read_v1.product_stats_read_models;
CREATE VIEW public.order_stats_read_models AS SELECT * FROM read_v1.order_stats_read_models;
CREATE VIEW public.order_status_stats AS SELECT * FROM read_v1.order_status_stats;
CREATE VIEW public.channel_stats AS SELECT * FROM read_v1.channel_stats;
CREATE VIEW public.known_orders_total AS SELECT * FROM read_v1.known_orders_total;
