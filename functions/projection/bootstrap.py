"""Settings to adapters to services: the only file of the projection that names PostgreSQL and Redis."""

from functools import cache

from pydantic import BaseModel, SecretStr

from envelope import utc_now
from functions.projection.progress import Progress
from functions.projection.redis_lag import RedisLag
from functions.projection.service import Projector
from handlers.settings import read_settings
from metrics.tracing import traced
from repositories.postgres.read_model_reader import PostgresReadModelReader
from repositories.postgres.read_model_writer import PostgresReadModelWriter
from repositories.redis_log.connection import connect

GROUP = "projection-service"  # as in template.yaml: the name is stored data
LOG_TIMEOUT_S = 1.0  # the lag is told without the log where it is slow to answer


class SubscriberSettings(BaseModel, frozen=True):
    """What the subscriber needs."""

    postgres_url: SecretStr


class Settings(SubscriberSettings, frozen=True):
    """What the HTTP function needs."""

    redis_url: SecretStr


@cache
def projector() -> Projector:
    """What the subscriber works with."""
    url = read_settings(SubscriberSettings).postgres_url.get_secret_value()
    return Projector(traced(PostgresReadModelWriter(url), "read_models", "postgresql"))


@cache
def progress() -> Progress:
    """What the HTTP function works with."""
    client = connect(read_settings(Settings).redis_url.get_secret_value(), timeout_s=LOG_TIMEOUT_S)
    return Progress(_reader(), RedisLag(client, GROUP), utc_now)


def check_postgresql() -> None:
    """Raise StoreUnavailableError when PostgreSQL does not answer, or lacks the schema."""
    _reader().ping()


@cache
def _reader() -> PostgresReadModelReader:
    url = read_settings(Settings).postgres_url.get_secret_value()
    return traced(PostgresReadModelReader(url), "read_models", "postgresql")
