-- keep_orders_total.sql: how many orders the order system had; what was told later stays, in whatever order it comes.
INSERT INTO known_orders_total AS known (orders_total, told_at)
VALUES (%(orders_total)s, %(told_at)s)
ON CONFLICT (is_only) DO UPDATE SET orders_total = excluded.orders_total, told_at = excluded.told_at
WHERE (excluded.told_at, excluded.orders_total) > (known.told_at, known.orders_total);
