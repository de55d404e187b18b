-- query_similar.sql: the query for words that may be spelt otherwise: each as typed, or one of the words most alike.
SELECT string_agg('(' || concat_ws(' | ', typed, alike) || ')', ' & ')
FROM (
    SELECT
        public.recours_query(ARRAY[wanted])::text AS typed,
        (
            SELECT string_agg(plainto_tsquery('public.recours_french', near.word)::text, ' | ')
            FROM (
                SELECT word
                FROM search_words
                WHERE word %% public.recours_fold(wanted)
                ORDER BY public.similarity(word, public.recours_fold(wanted)) DESC, word
                LIMIT %(alike_max)s
            ) AS near
            WHERE numnode(plainto_tsquery('public.recours_french', near.word)) > 0
        ) AS alike
    FROM unnest(%(words)s::text[]) AS wanted
) AS per_word
WHERE typed IS NOT NULL;
