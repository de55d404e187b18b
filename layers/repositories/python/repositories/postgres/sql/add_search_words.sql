-- add_search_words.sql: words of new texts, in order so that two writers cannot deadlock.
INSERT INTO search_words (word)
SELECT DISTINCT public.recours_fold(word) AS word
FROM unnest(%(words)s::text[]) AS word
ORDER BY word
ON CONFLICT (word) DO NOTHING;
