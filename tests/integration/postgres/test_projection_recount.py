"""Whatever the histories, the batches, the redeliveries and the crashes: counters equal a recount of the rows."""

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envelope import Envelope, is_context_id
from functions.projection.service import Projector
from tests.contract.read_models_contract import (
    CrashingWriter,
    ReadModels,
    assigned,
    closed,
    created,
    enriched,
    order_told,
    records,
    resolved,
    started,
)
from tests.integration.postgres.read_model_database import empty, migrated_database, open_read_models

AGENTS = ("agent_1", "agent_2", "agent_3")
CUSTOMERS = ("cust_1", "cust_2")
CHANNELS = ("web", "phone", None)
ORDERS = ("order_1", "order_2", None)
PRODUCTS = ("product_1", "product_2")
TYPES = ("product_defect", "delivery_issue", "billing_error", "service_complaint")

CUSTOMERS_RECOUNTED = """
SELECT customer_id, count(*), count(*) FILTER (WHERE status IN ('created', 'assigned', 'in_progress')),
    count(*) FILTER (WHERE status = 'resolved'), count(*) FILTER (WHERE status = 'closed'), max(created_at)
FROM claim_read_models GROUP BY customer_id ORDER BY customer_id
"""
CUSTOMERS_COUNTED = """
SELECT customer_id, total_claims, active_claims, resolved_claims, closed_claims, last_claim_date
FROM customer_stats_read_models WHERE total_claims <> 0 OR active_claims <> 0 OR resolved_claims <> 0
    OR closed_claims <> 0 ORDER BY customer_id
"""
AGENTS_RECOUNTED = """
SELECT agent_id, count(*), count(*) FILTER (WHERE status IN ('assigned', 'in_progress')), count(resolved_at),
    coalesce(sum(round(greatest(extract(epoch FROM resolved_at - assigned_at), 0) * 1000)), 0)
FROM claim_read_models WHERE agent_id IS NOT NULL GROUP BY agent_id ORDER BY agent_id
"""
AGENTS_COUNTED = """
SELECT agent_id, total_assigned, active_claims, resolved_claims, resolution_ms_sum
FROM agent_stats_read_models WHERE total_assigned <> 0 OR active_claims <> 0 OR resolved_claims <> 0
    OR resolution_ms_sum <> 0 ORDER BY agent_id
"""
ASSIGNMENTS_RECOUNTED = """
SELECT entry -> 'data' ->> 'agent_id' AS agent_id, max((entry ->> 'timestamp')::timestamptz)
FROM claim_read_models, jsonb_array_elements(history) AS entry
WHERE entry ->> 'event_type' = 'ReclamationAffectee' GROUP BY 1 ORDER BY 1
"""
ASSIGNMENTS_COUNTED = "SELECT agent_id, last_assignment_date FROM agent_stats_read_models ORDER BY agent_id"
TYPES_RECOUNTED = """
SELECT claim_type, count(*), count(*) FILTER (WHERE status = 'created'), count(*) FILTER (WHERE status = 'assigned'),
    count(*) FILTER (WHERE status = 'in_progress'), count(*) FILTER (WHERE status = 'resolved'),
    count(*) FILTER (WHERE status = 'closed')
FROM claim_read_models GROUP BY claim_type ORDER BY claim_type
"""
TYPES_COUNTED = """
SELECT claim_type, total_claims, created, assigned, in_progress, resolved, closed
FROM claim_type_stats_read_models ORDER BY claim_type
"""
DAYS_RECOUNTED = """
SELECT day, sum(created), sum(resolved), sum(closed) FROM (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 1 AS created, 0 AS resolved, 0 AS closed
    FROM claim_read_models
    UNION ALL SELECT (resolved_at AT TIME ZONE 'UTC')::date, 0, 1, 0 FROM claim_read_models
    UNION ALL SELECT (closed_at AT TIME ZONE 'UTC')::date, 0, 0, 1 FROM claim_read_models
) AS moments WHERE day IS NOT NULL GROUP BY day ORDER BY day
"""
DAYS_COUNTED = """
SELECT day, created, resolved, closed FROM daily_trends
WHERE created <> 0 OR resolved <> 0 OR closed <> 0 ORDER BY day
"""
PRODUCTS_RECOUNTED = """
SELECT product_id, count(*), count(*) FILTER (WHERE status IN ('created', 'assigned', 'in_progress')),
    count(*) FILTER (WHERE status = 'resolved'), count(*) FILTER (WHERE status = 'closed')
FROM claim_read_models WHERE product_id IS NOT NULL GROUP BY product_id ORDER BY product_id
"""
PRODUCTS_COUNTED = """
SELECT product_id, total_claims, active_claims, resolved_claims, closed_claims
FROM product_stats_read_models ORDER BY product_id
"""
NAMES_RECOUNTED = """
SELECT DISTINCT ON (product_id) product_id, item ->> 'product_name', coalesce(enriched_at, created_at)
FROM claim_read_models, jsonb_array_elements("order" -> 'items') AS item
WHERE item ->> 'product_id' = product_id AND "order" ->> 'source' <> 'simulated'
ORDER BY product_id, coalesce(enriched_at, created_at) DESC
"""
NAMES_COUNTED = """
SELECT product_id, product_name, named_at
FROM product_stats_read_models WHERE named_at IS NOT NULL ORDER BY product_id
"""
ORDERS_RECOUNTED = """
SELECT order_id, count(*) FROM claim_read_models WHERE order_id IS NOT NULL GROUP BY order_id ORDER BY order_id
"""
ORDERS_COUNTED = "SELECT order_id, total_claims FROM order_stats_read_models ORDER BY order_id"
ORDER_STATUSES_RECOUNTED = """
SELECT coalesce("order" ->> 'status', 'unknown') COLLATE "C" AS told_status, count(*)
FROM (SELECT CASE WHEN "order" ->> 'source' <> 'simulated' THEN "order" END AS "order" FROM claim_read_models
    WHERE order_id IS NOT NULL) AS told
GROUP BY told_status ORDER BY told_status
"""
ORDER_STATUSES_COUNTED = """
SELECT order_status, total_claims FROM order_status_stats WHERE total_claims <> 0 ORDER BY order_status
"""
CHANNELS_RECOUNTED = """
SELECT coalesce(channel, 'unknown') COLLATE "C" AS told_channel, count(*) FROM claim_read_models
GROUP BY told_channel ORDER BY told_channel
"""
CHANNELS_COUNTED = "SELECT channel, total_claims FROM channel_stats ORDER BY channel"
TOTAL_RECOUNTED = """
SELECT "order" -> 'orders_total', coalesce(enriched_at, created_at) FROM claim_read_models
WHERE "order" ->> 'orders_total' IS NOT NULL AND "order" ->> 'source' <> 'simulated' ORDER BY 2 DESC LIMIT 1
"""
TOTAL_COUNTED = "SELECT orders_total, told_at FROM known_orders_total"
PAIRS = (
    (CUSTOMERS_COUNTED, CUSTOMERS_RECOUNTED),
    (AGENTS_COUNTED, AGENTS_RECOUNTED),
    (ASSIGNMENTS_COUNTED, ASSIGNMENTS_RECOUNTED),
    (TYPES_COUNTED, TYPES_RECOUNTED),
    (DAYS_COUNTED, DAYS_RECOUNTED),
    (PRODUCTS_COUNTED, PRODUCTS_RECOUNTED),
    (NAMES_COUNTED, NAMES_RECOUNTED),
    (ORDERS_COUNTED, ORDERS_RECOUNTED),
    (ORDER_STATUSES_COUNTED, ORDER_STATUSES_RECOUNTED),
    (CHANNELS_COUNTED, CHANNELS_RECOUNTED),
    (TOTAL_COUNTED, TOTAL_RECOUNTED),
)


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with migrated_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def read_models(database_url: str) -> Iterator[ReadModels]:
    with open_read_models(database_url) as opened:
        yield opened


def history(dice: random.Random, claim_id: str) -> list[Envelope]:
    """A claim's events as the write side would allow them, cut off anywhere, some with a context; positions come later.

    The context waits for the creation and for nothing else, as those who ask for it do.
    """
    order_id = dice.choice(ORDERS)
    own = dice.choice((None, "simulated", "caller")) if order_id else None
    customer_id = dice.choice((*CUSTOMERS, f"customer_of_{claim_id}"))
    makers: list[Any] = [lambda **over: _created(dice, customer_id, order_id, own, **over)]
    makers += [_assigned(dice) for _ in range(dice.randint(1, 3))]
    makers += [started, *(_assigned(dice) for _ in range(dice.randint(0, 2))), resolved, closed]
    makers = makers[: dice.randint(1, len(makers))]
    events = [make(claim_id=claim_id, version=version) for version, make in enumerate(makers, start=1)]
    if own != "caller" and dice.random() < 0.6:
        real = None if customer_id in CUSTOMERS else dice.choice(CUSTOMERS)
        order = _order(dice, "orders") if order_id else None
        events.insert(dice.randint(1, len(events)), enriched(claim_id, customer_id=real, order=order))
    return events


def _created(dice: random.Random, customer_id: str, order_id: str | None, own: str | None, **over: Any) -> Envelope:
    return created(
        customer_id=customer_id,
        claim_type=dice.choice(TYPES),
        channel=dice.choice(CHANNELS),
        product_id=dice.choice((*PRODUCTS, None)),
        order_id=order_id,
        order=_order(dice, own) if own else None,
        **over,
    )


def _order(dice: random.Random, source: str) -> dict[str, Any]:
    names = dice.choices(("Casque", "Souris", "Écran"), k=2)
    items = [{"product_id": product, "product_name": name} for product, name in zip(PRODUCTS, names, strict=True)]
    told = dice.sample(items, dice.randint(0, 2))
    status = dice.choice(("shipped", "delivered", None))
    return order_told(status, items=told, source=source, orders_total=dice.choice((None, dice.randint(1, 999))))


def _assigned(dice: random.Random) -> Any:
    agent = dice.choice(AGENTS)
    return lambda **over: assigned(agent, **over)


def log_of(dice: random.Random, claims: int) -> list[Envelope]:
    """The claims' histories woven together, positions and times given in that order."""
    waiting = [history(dice, f"claim_{number}") for number in range(claims)]
    log: list[Envelope] = []
    while waiting := [events for events in waiting if events]:
        envelope = dice.choice(waiting).pop(0)
        position = len(log) + 1
        moment = created(position=position * 97).timestamp  # 97 minutes apart: several days pass
        log.append(envelope.model_copy(update={"position": position, "timestamp": moment}))
    return log


def deliver(dice: random.Random, read_models: ReadModels, log: list[Envelope], url: str) -> None:
    """Batches of any size; some come twice, some crash first, some lack an event that comes later."""
    late: list[Envelope] = []
    rest = list(log)
    while rest:
        size = dice.randint(1, 9)
        batch, rest = rest[:size], rest[size:]
        if dice.random() < 0.3:
            late.append(batch.pop(dice.randrange(len(batch))))
        _deliver_batch(dice, read_models, batch)
        check(url)
        if dice.random() < 0.2:
            _deliver_batch(dice, read_models, log[: dice.randint(1, len(log))][-12:])
    # What was late or held back comes again until it is through, as a poller would do it.
    for _ in range(len(log) + 1):
        _deliver_batch(dice, read_models, late)
        if not read_models.project(*log):
            return
    raise AssertionError("the log never got through")


def _deliver_batch(dice: random.Random, read_models: ReadModels, batch: list[Envelope]) -> None:
    if not batch:
        return
    if dice.random() < 0.25:
        with pytest.raises(RuntimeError):
            Projector(CrashingWriter(read_models.writer)).apply(records(batch))
    read_models.project(*batch)
    if dice.random() < 0.25:
        read_models.project(*batch)


def check(url: str) -> None:
    with psycopg.connect(url) as connection:
        for counted, recounted in PAIRS:
            assert connection.execute(counted).fetchall() == connection.execute(recounted).fetchall()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0, max_value=2**32), claims=st.integers(min_value=1, max_value=6))
def test_counters_equal_a_recount_of_the_rows(
    read_models: ReadModels, database_url: str, seed: int, claims: int
) -> None:
    empty(database_url)
    dice = random.Random(seed)
    log = log_of(dice, claims)
    deliver(dice, read_models, log, database_url)
    check(database_url)
    checkpoint = read_models.reader.checkpoint()
    assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (len(log), len(log), 0)
    last_versions = {one.aggregate_id: one.version for one in log if not is_context_id(one.aggregate_id)}
    for claim_id, version in last_versions.items():
        row = read_models.reader.claim(claim_id)
        assert row is not None
        assert (row.version, len(row.history)) == (version, version)
    for learnt in (one for one in log if is_context_id(one.aggregate_id)):
        row = read_models.reader.claim(learnt.data["claim_id"])
        assert row is not None
        assert row.enriched_at == learnt.timestamp
