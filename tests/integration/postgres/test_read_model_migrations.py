"""Migrations on PostgreSQL: each file once, whatever happens."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from repositories.errors import StoreUnavailableError
from repositories.postgres.migrations import (
    Migration,
    MigrationChangedError,
    apply_migrations,
    migrate,
    packaged_migrations,
)
from repositories.postgres.read_model_reader import PostgresReadModelReader
from tests.integration.postgres.read_model_database import new_database

READ_MODELS = {
    "claim_read_models",
    "customer_stats_read_models",
    "agent_stats_read_models",
    "claim_type_stats_read_models",
    "product_stats_read_models",
    "order_stats_read_models",
}


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


def relations(url: str, schema: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (schema,)
        ).fetchall()
    return {name for (name,) in rows}


def test_the_first_run_applies_every_file_and_the_second_none(empty_url: str) -> None:
    names = [migration.name for migration in packaged_migrations()]
    assert len(names) >= 2
    assert migrate(empty_url) == names
    assert migrate(empty_url) == []


def test_the_read_models_stand_in_their_schema_and_behind_views(empty_url: str) -> None:
    migrate(empty_url)
    assert relations(empty_url, "read_v1") >= READ_MODELS | {"projection_checkpoints", "projection_gaps"}
    assert relations(empty_url, "public") >= READ_MODELS | {"projection_checkpoints", "projection_gaps"}


def test_two_at_once_apply_each_file_once(empty_url: str) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], [migration.name for migration in packaged_migrations()]]


def test_a_new_file_is_applied_after_those_that_were(empty_url: str) -> None:
    first = Migration("0001_a.sql", "CREATE TABLE a (x int);")
    second = Migration("0002_b.sql", "ALTER TABLE a ADD y int;")
    assert apply_migrations(empty_url, [first]) == ["0001_a.sql"]
    assert apply_migrations(empty_url, [first, second]) == ["0002_b.sql"]


def test_a_file_that_changed_after_it_was_applied_is_refused(empty_url: str) -> None:
    apply_migrations(empty_url, [Migration("0001_a.sql", "CREATE TABLE a (x int);")])
    with pytest.raises(MigrationChangedError, match=r"0001_a\.sql"):
        apply_migrations(empty_url, [Migration("0001_a.sql", "CREATE TABLE a (x bigint);")])


def test_a_file_that_fails_leaves_nothing_of_any(empty_url: str) -> None:
    good = Migration("0001_a.sql", "CREATE TABLE a (x int);")
    bad = Migration("0002_b.sql", "CREATE TABLE b (x int); SELECT nonsense;")
    with pytest.raises(StoreUnavailableError):
        apply_migrations(empty_url, [good, bad])
    assert not {"a", "b"} & relations(empty_url, "public")


def test_a_reader_without_the_schema_says_that_it_is_missing(empty_url: str) -> None:
    reader = PostgresReadModelReader(empty_url)
    with pytest.raises(StoreUnavailableError, match="apply the migrations"):
        reader.ping()
    migrate(empty_url)
    reader.ping()
    reader.close()
