"""Settings → adapters → services, each built once a process at first use."""

from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from functions.event_store.archiving import Archiving
from handlers.settings import read_settings
from metrics.tracing import traced
from repositories.mongo.archive import MongoArchive
from repositories.mongo.client import client_for, ping
from repositories.mongo.snapshots import MongoSnapshots

if TYPE_CHECKING:
    from functions.event_store.service import EventHistory


class Settings(BaseModel, frozen=True):
    """What the template gives the two functions of this service."""

    mongo_url: SecretStr


@cache
def settings() -> Settings:
    """The environment, read once. Raises SettingsError."""
    return read_settings(Settings)


@cache
def archiving() -> Archiving:
    """What the subscriber calls."""
    return Archiving(_archive())


@cache
def service() -> "EventHistory":
    """What the HTTP function calls."""
    # Imported here: the subscriber is deployed without the claim's domain, which replay folds with.
    from functions.event_store.service import EventHistory

    snapshots = traced(MongoSnapshots(client_for(_mongo_url())), "snapshots", "mongodb")
    return EventHistory(_archive(), snapshots)


def ping_mongo() -> None:
    """Raise when MongoDB does not answer."""
    ping(_mongo_url())


def _archive() -> MongoArchive:
    return traced(MongoArchive(client_for(_mongo_url())), "archive", "mongodb")


def _mongo_url() -> str:
    return settings().mongo_url.get_secret_value()
