"""A database from before claims had contexts: after the migration it is what folding the same events makes today."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from envelope import Envelope
from functions.projection.service import Projector
from repositories.postgres.migrations import apply_migrations, migrate, packaged_migrations
from repositories.postgres.read_model_writer import PostgresReadModelWriter
from tests.contract.read_models_contract import created, enriched, life, order_told, records
from tests.integration.postgres.read_model_database import migrated_database, new_database

COUNTERS = (
    "customer_stats_read_models",
    "product_stats_read_models",
    "order_stats_read_models",
    "order_status_stats",
    "channel_stats",
    "known_orders_total",
)
GENERATED = {"urgency_rank", "search"}

SEVERAL = [{"product_id": "product_2", "product_name": "Souris"}, {"product_id": "product_1", "product_name": "Écran"}]
CALLED_OTHERWISE = [{"product_id": "product_1", "product_name": "Casque"}]
EVENTS = [
    *life("claim_1", 1, order_id="order_1", order=order_told()),
    created(claim_id="claim_2", position=6, order_id="order_1", order=order_told("shipped", items=CALLED_OTHERWISE)),
    created(claim_id="claim_3", position=7, order_id="order_2", order=order_told(None, items=SEVERAL), channel="web"),
    created(claim_id="claim_4", position=8, product_id="product_2", order=order_told(items=SEVERAL)),
    created(claim_id="claim_5", position=9, order_id="order_3", order=order_told(source="simulated"), channel="web"),
    created(claim_id="claim_6", position=10, order_id="order_3", product_id="product_3", channel="unknown"),
    *life("claim_7", 11)[:4],
    created(claim_id="claim_8", position=15, customer_id="customer_of_order_4", order_id="order_4"),
]


@pytest.fixture
def migrated(postgres_url: str) -> Iterator[tuple[str, str]]:
    """The database from before, migrated, and one whose rows today's code made; their URLs."""
    with new_database(postgres_url) as before, migrated_database(postgres_url) as today:
        apply_migrations(before, packaged_migrations()[:2])
        project(today, EVENTS)
        copy_as_it_was(today, before)
        assert migrate(before) == [migration.name for migration in packaged_migrations()[2:]]
        yield before, today


def project(url: str, events: Sequence[Envelope]) -> None:
    writer = PostgresReadModelWriter(url)
    assert Projector(writer).apply(records(events)) == {}
    writer.close()


def copy_as_it_was(today: str, before: str) -> None:
    """What the projection had made of the events until then: no product taken from an order, no number of orders."""
    own_products = {event.aggregate_id: event.data["product_id"] for event in EVENTS if event.version == 1}
    with psycopg.connect(today) as source, psycopg.connect(before) as target:
        for table in ("claim_read_models", "customer_stats_read_models"):
            names = columns_of(target, table)
            for row in selected(source, table, names):
                if table == "claim_read_models":
                    row["product_id"] = own_products[row["claim_id"]]
                    row["order"] = row["order"] and {k: v for k, v in row["order"].items() if k != "orders_total"}
                insert(target, table, row)


def columns_of(connection: psycopg.Connection[Any], table: str) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'read_v1' AND table_name = %s"
    return [name for (name,) in connection.execute(query, (table,)) if name not in GENERATED]


def selected(connection: psycopg.Connection[Any], table: str, names: Sequence[str]) -> list[dict[str, Any]]:
    query = sql.SQL("SELECT {} FROM public.{} ORDER BY 1").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
    )
    return connection.cursor(row_factory=dict_row).execute(query).fetchall()


def insert(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> None:
    values = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in row.items()}
    query = sql.SQL("INSERT INTO read_v1.{} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    connection.execute(query, values)


def stored(url: str, table: str) -> list[dict[str, Any]]:
    """The rows as readers see them, without when they were written."""
    with psycopg.connect(url) as connection:
        return selected(connection, table, [one for one in columns_of(connection, table) if one != "projected_at"])


def searchable(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT claim_id, search::text FROM claim_read_models ORDER BY claim_id").fetchall()


@pytest.mark.parametrize("table", ["claim_read_models", *COUNTERS])
def test_what_was_there_is_as_folding_it_today_makes_it(migrated: tuple[str, str], table: str) -> None:
    before, today = migrated
    assert stored(before, table) == stored(today, table)
    assert stored(today, table) or table == "known_orders_total"
    assert searchable(before) == searchable(today)


def test_what_comes_after_goes_on_from_there(migrated: tuple[str, str]) -> None:
    later = [
        life("claim_7", 11)[4],
        enriched("claim_8", 17, customer_id="cust_real", customer={"name": "Zoé"}, order=order_told(orders_total=400)),
        enriched("claim_5", 18, order=order_told("returned", orders_total=500)),
        created(claim_id="claim_9", position=19, order_id="order_1", channel="web"),
    ]
    for url in migrated:
        project(url, later)
    before, today = migrated
    for table in ("claim_read_models", *COUNTERS):
        assert stored(before, table) == stored(today, table)
    assert [row["orders_total"] for row in stored(before, "known_orders_total")] == [500]
    assert searchable(before) == searchable(today)
