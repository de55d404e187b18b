"""A database of its own for a test module, with the schema, emptied between tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from repositories.postgres.migrations import migrate
from repositories.postgres.read_model_reader import PostgresReadModelReader
from repositories.postgres.read_model_writer import PostgresReadModelWriter
from tests.contract.read_models_contract import ReadModels

_EMPTY = """
TRUNCATE read_v1.claim_read_models, read_v1.customer_stats_read_models, read_v1.agent_stats_read_models,
    read_v1.claim_type_stats_read_models, read_v1.daily_trends, read_v1.product_stats_read_models,
    read_v1.order_stats_read_models, read_v1.order_status_stats, read_v1.channel_stats, read_v1.known_orders_total,
    read_v1.projection_gaps, read_v1.search_words;
UPDATE read_v1.projection_checkpoints SET high_position = 0, updated_at = NULL, last_error = NULL, last_error_at = NULL;
"""


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """An empty database; its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def migrated_database(server_url: str) -> Iterator[str]:
    """A database with the schema; its URL."""
    with new_database(server_url) as url:
        migrate(url)
        yield url


@contextmanager
def open_read_models(url: str) -> Iterator[ReadModels]:
    """Empty read models in a migrated database."""
    empty(url)
    writer, reader = PostgresReadModelWriter(url), PostgresReadModelReader(url)
    try:
        yield ReadModels(writer, reader)
    finally:
        writer.close()
        reader.close()


def empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_EMPTY)
