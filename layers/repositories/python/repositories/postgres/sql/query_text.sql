-- query_text.sql: the query for words as they were typed, NULL where all are too common to be searched.
SELECT public.recours_query(%(words)s)::text;
