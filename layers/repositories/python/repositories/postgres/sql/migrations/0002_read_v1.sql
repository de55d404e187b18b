-- The read models, version 1. Ids collate as "C": their order is the bytes', the same on every server and in Python.
CREATE SCHEMA read_v1;

CREATE TABLE read_v1.claim_read_models (
    claim_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,           -- gapless: 1 for the creation, then one more an event
    position bigint NOT NULL,          -- of the last event, in events:all
    status text NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    customer_name text,
    claim_type text NOT NULL,
    description text NOT NULL,
    urgency text NOT NULL,
    urgency_rank smallint NOT NULL GENERATED ALWAYS AS (
        CASE urgency WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 WHEN 'critical' THEN 3 END
    ) STORED,
    product_id text COLLATE "C",
    order_id text COLLATE "C",
    channel text,
    agent_id text COLLATE "C",
    agent_name text,
    assignment_reason text,
    estimated_resolution_time timestamptz,
    resolution text,
    resolution_type text,
    customer_satisfaction text,
    follow_up_required boolean,
    replacement_tracking text,
    close_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    assigned_at timestamptz,
    started_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    "order" jsonb,
    history jsonb NOT NULL,
    projected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(public.recours_id_words(claim_id, customer_id, order_id, product_id), 'A')
        || setweight(to_tsvector('public.recours_french', coalesce(customer_name, '')), 'B')
        || setweight(to_tsvector('public.recours_french', description), 'C')
        || setweight(to_tsvector('public.recours_french', coalesce(resolution, '')), 'D')
    ) STORED
);

-- A page of any list is one walk along an index: the filter first, then the keyset.
CREATE INDEX claims_by_creation ON read_v1.claim_read_models (created_at, claim_id);
CREATE INDEX claims_by_update ON read_v1.claim_read_models (updated_at, created_at, claim_id);
CREATE INDEX claims_by_urgency ON read_v1.claim_read_models (urgency_rank, created_at, claim_id);
CREATE INDEX claims_by_status ON read_v1.claim_read_models (status, created_at, claim_id);
CREATE INDEX claims_by_type ON read_v1.claim_read_models (claim_type, created_at, claim_id);
CREATE INDEX claims_by_customer ON read_v1.claim_read_models (customer_id, created_at, claim_id);
CREATE INDEX claims_by_agent ON read_v1.claim_read_models (agent_id, created_at, claim_id)
    WHERE agent_id IS NOT NULL;
CREATE INDEX claims_by_order ON read_v1.claim_read_models (order_id, created_at, claim_id)
    WHERE order_id IS NOT NULL;
CREATE INDEX claims_by_product ON read_v1.claim_read_models (product_id, created_at, claim_id)
    WHERE product_id IS NOT NULL;
CREATE INDEX claims_by_text ON read_v1.claim_read_models USING gin (search);

-- Every word of the searched texts, folded: a word that no claim has is looked for here first, by its trigrams. There
-- are few words however many claims there are.
CREATE TABLE read_v1.search_words (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX search_words_by_spelling ON read_v1.search_words USING gin (word public.gin_trgm_ops);

CREATE TABLE read_v1.customer_stats_read_models (
    customer_id text COLLATE "C" PRIMARY KEY,
    total_claims bigint NOT NULL,      -- active + resolved + closed
    active_claims bigint NOT NULL,
    resolved_claims bigint NOT NULL,
    closed_claims bigint NOT NULL,
    last_claim_date timestamptz
);
CREATE INDEX customer_stats_by_total ON read_v1.customer_stats_read_models (total_claims DESC, customer_id);

CREATE TABLE read_v1.agent_stats_read_models (
    agent_id text COLLATE "C" PRIMARY KEY,
    total_assigned bigint NOT NULL,
    active_claims bigint NOT NULL,
    resolved_claims bigint NOT NULL,   -- closed since or not
    resolution_ms_sum numeric NOT NULL, -- of the resolved ones, from assignment to resolution
    last_assignment_date timestamptz
);
CREATE INDEX agent_stats_by_total ON read_v1.agent_stats_read_models (total_assigned DESC, agent_id);

CREATE TABLE read_v1.claim_type_stats_read_models (
    claim_type text PRIMARY KEY,
    total_claims bigint NOT NULL,
    created bigint NOT NULL,
    assigned bigint NOT NULL,
    in_progress bigint NOT NULL,
    resolved bigint NOT NULL,
    closed bigint NOT NULL
);

CREATE TABLE read_v1.daily_trends (
    day date PRIMARY KEY,              -- UTC
    created bigint NOT NULL,
    resolved bigint NOT NULL,
    closed bigint NOT NULL
);

CREATE TABLE read_v1.projection_checkpoints (
    projection text PRIMARY KEY,
    high_position bigint NOT NULL,     -- the highest that was delivered; all up to it is applied but projection_gaps
    updated_at timestamptz,
    last_error text,
    last_error_at timestamptz
);
INSERT INTO read_v1.projection_checkpoints (projection, high_position) VALUES ('read_models', 0);

CREATE TABLE read_v1.projection_gaps (
    position bigint PRIMARY KEY,       -- below high_position, not applied: failed, or not delivered yet
    claim_id text,                     -- known where it failed
    reason text,
    noticed_at timestamptz NOT NULL DEFAULT now()
);

-- Readers see the views: a rebuilt schema takes over by replacing them.
CREATE VIEW public.claim_read_models AS SELECT * FROM read_v1.claim_read_models;
CREATE VIEW public.customer_stats_read_models AS SELECT * FROM read_v1.customer_stats_read_models;
CREATE VIEW public.agent_stats_read_models AS SELECT * FROM read_v1.agent_stats_read_models;
CREATE VIEW public.claim_type_stats_read_models AS SELECT * FROM read_v1.claim_type_stats_read_models;
CREATE VIEW public.search_words AS SELECT * FROM read_v1.search_words;
CREATE VIEW public.daily_trends AS SELECT * FROM read_v1.daily_trends;
CREATE VIEW public.projection_checkpoints AS SELECT * FROM read_v1.projection_checkpoints;
CREATE VIEW public.projection_gaps AS SELECT * FROM read_v1.projection_gaps;
