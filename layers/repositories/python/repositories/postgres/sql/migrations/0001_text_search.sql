-- What every version of the read models shares: French text search with accents folded, and typo tolerance.
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- unaccent comes first and passes its result on, so that "été" and "ete" have one stem.
CREATE TEXT SEARCH CONFIGURATION public.recours_french (COPY = pg_catalog.french);
ALTER TEXT SEARCH CONFIGURATION public.recours_french
    ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, pg_catalog.french_stem;

-- unaccent() is only STABLE because its rules file could change; an index needs IMMUTABLE, and ours does not change.
CREATE FUNCTION public.recours_fold(content text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, content));

-- Ids are searched by their parts: the parser would read the "-4372" of a UUID as a negative number.
CREATE FUNCTION public.recours_id_words(claim_id text, customer_id text, order_id text, product_id text)
    RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('pg_catalog.simple', translate(
        claim_id || ' ' || customer_id || coalesce(' ' || order_id, '') || coalesce(' ' || product_id, ''),
        '-_.:/', '     '
    ));

-- Every word, or one that begins with it, as text or as part of an id. A word too common to be searched is left out;
-- when all are, the answer is NULL, which matches nothing. Words are letters and digits only.
CREATE FUNCTION public.recours_query(words text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT string_agg(format('(%s | %s)', in_text, in_ids), ' & ')::tsquery
        FROM unnest(words) AS word,
            to_tsquery('public.recours_french', quote_literal(word) || ':*') AS in_text,
            to_tsquery('pg_catalog.simple', quote_literal(word) || ':*') AS in_ids
        WHERE numnode(in_text) > 0 AND numnode(in_ids) > 0
    );
