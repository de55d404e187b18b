"""Settings to adapters to service: the only file of the service that names Redis and MongoDB."""

from collections.abc import Callable, Mapping
from functools import cache

from pydantic import BaseModel, Field, SecretStr

from functions.claims.history import ClaimHistory
from functions.claims.service import ClaimService
from handlers.settings import read_settings
from metrics.tracing import traced
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.client import client_for
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.memory_pressure import MemoryPressure, PressureAwareLog, RedisMemory


class Settings(BaseModel, frozen=True):
    """The environment variables of the function, each under its name in small letters."""

    redis_url: SecretStr
    mongo_url: SecretStr
    idempotency_ttl_seconds: int = Field(default=86_400, gt=0)
    log_replicas_required: int = Field(default=0, ge=0, le=10)  # replicas that must have an event on disk (WAITAOF)
    log_memory_percent_max: int = Field(default=90, gt=0, le=100)  # of the log's maxmemory; commands are refused above


@cache
def settings() -> Settings:
    """Read once. Raises SettingsError."""
    return read_settings(Settings)


@cache
def event_log() -> RedisEventLog:
    """The log, one connection a process. It compares itself with the archive before the first append."""
    archive = client_for(settings().mongo_url.get_secret_value())
    return RedisEventLog(
        connect(settings().redis_url.get_secret_value()),
        ArchiveGuard(MongoArchiveCheckpoints(archive)),
        replicas_required=settings().log_replicas_required,
    )


@cache
def service() -> ClaimService:
    """What the HTTP function works with."""
    archive = traced(MongoArchive(client_for(settings().mongo_url.get_secret_value())), "archive", "mongodb")
    # A connection of its own: the log's tells by each new connection that the server may be another one.
    memory = RedisMemory(connect(settings().redis_url.get_secret_value()))
    pressure = MemoryPressure(memory, settings().log_memory_percent_max)
    log = traced(PressureAwareLog(event_log(), pressure), "event_log", "redis")
    history = ClaimHistory(log, archive.of_aggregate)
    return ClaimService(log, history.read, idempotency_ttl_s=settings().idempotency_ttl_seconds)


def dependencies() -> Mapping[str, Callable[[], None]]:
    """What must answer for commands to be taken. The archive is not among them: without it they go on."""
    return {"log": lambda: event_log().check()}
