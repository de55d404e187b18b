"""Settings to adapters to service: the only file of retention that names Redis and MongoDB."""

import time
from functools import cache

from pydantic import BaseModel, Field, SecretStr

from envelope import utc_now
from functions.retention.cooling import Cooling
from functions.retention.service import Limits, Retention
from handlers.settings import read_settings
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.client import client_for
from repositories.redis_log.connection import connect
from repositories.redis_log.retention import RedisLogRetention


class Settings(BaseModel, frozen=True):
    """The environment variables of the function, each under its name in small letters."""

    redis_url: SecretStr
    mongo_url: SecretStr
    required_groups: str = Field(pattern=r"[^,\s]")  # separated by commas, at least one
    retention_events_min: int = Field(default=100_000, ge=0)
    retention_pressure_percent: int = Field(default=75, gt=0, le=100)
    cool_after_seconds: int = Field(default=604_800, ge=0)

    def groups(self) -> tuple[str, ...]:
        """The groups that must be there."""
        names = (part.strip() for part in self.required_groups.split(","))
        return tuple(dict.fromkeys(name for name in names if name))


@cache
def retention() -> Retention:
    """What the function works with. Raises SettingsError."""
    settings = read_settings(Settings)
    log = RedisLogRetention(connect(settings.redis_url.get_secret_value()))
    archive = client_for(settings.mongo_url.get_secret_value())
    return Retention(
        log,
        MongoArchiveCheckpoints(archive),
        Cooling(log, MongoArchive(archive).of_aggregate),
        required=settings.groups(),
        limits=Limits(
            events_min=settings.retention_events_min,
            cool_after_s=settings.cool_after_seconds,
            pressure_percent=settings.retention_pressure_percent,
        ),
        now=utc_now,
        clock_s=time.monotonic,
    )
