"""Settings → adapters → services, each built once a process at first use."""

from functools import cache

from pydantic import BaseModel, SecretStr

from envelope import utc_now
from functions.audit.recording import Recording
from functions.audit.service import Audit
from handlers.settings import read_settings
from metrics.tracing import traced
from repositories.mongo.audit_trail import MongoAuditTrail
from repositories.mongo.client import client_for, ping


class Settings(BaseModel, frozen=True):
    """What the template gives the two functions of this service."""

    mongo_url: SecretStr


@cache
def settings() -> Settings:
    """The environment, read once. Raises SettingsError."""
    return read_settings(Settings)


@cache
def recording() -> Recording:
    """What the subscriber calls."""
    return Recording(_trail(), utc_now)


@cache
def service() -> Audit:
    """What the HTTP function calls."""
    return Audit(_trail())


def ping_mongo() -> None:
    """Raise when MongoDB does not answer."""
    ping(_mongo_url())


def _trail() -> MongoAuditTrail:
    return traced(MongoAuditTrail(client_for(_mongo_url())), "audit_trail", "mongodb")


def _mongo_url() -> str:
    return settings().mongo_url.get_secret_value()
