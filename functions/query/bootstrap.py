"""Settings to adapters to services: the only file of the query service that names PostgreSQL."""

from functools import cache

from pydantic import BaseModel, SecretStr

from envelope import utc_now
from functions.query.service import QueryService
from handlers.settings import read_settings
from metrics.tracing import traced
from repositories.postgres.read_model_reader import PostgresReadModelReader


class Settings(BaseModel, frozen=True):
    """What the function needs."""

    postgres_url: SecretStr


@cache
def service() -> QueryService:
    """What the routes work with."""
    return QueryService(_reader(), utc_now)


def check_postgresql() -> None:
    """Raise StoreUnavailableError when PostgreSQL does not answer, or lacks the schema."""
    _reader().ping()


@cache
def _reader() -> PostgresReadModelReader:
    url = read_settings(Settings).postgres_url.get_secret_value()
    return traced(PostgresReadModelReader(url), "read_models", "postgresql")
