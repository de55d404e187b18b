"""Settings to adapters to services: the only file of the service that names HTTP addresses, Redis and MongoDB."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, SecretStr, field_validator

from envelope import utc_now
from functions.integration.claims_service import HttpClaims
from functions.integration.enriching import Enriching
from functions.integration.from_order import FromOrder
from functions.integration.learning import Learning
from functions.integration.sweeping import Sweeping
from functions.integration.upstream.breaker import SharedBreaker
from functions.integration.upstream.http_system import Collection, HttpSystem
from functions.integration.upstream.systems import Systems, Upstream
from handlers.callers import is_auth_required
from handlers.settings import SettingsError, read_settings
from handlers.tokens import ServiceToken
from metrics.tracing import traced
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.client import client_for
from repositories.mongo.waiting_contexts import DATABASE, MongoWaitingContexts
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect, translated_errors
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.kept_requests import RedisKeptRequests
from repositories.redis_log.memory_pressure import MemoryPressure, PressureAwareLog, RedisMemory

if TYPE_CHECKING:
    from redis import Redis

# One who asks wants to hear how it is, and whether its system is there; a double click is one question all the same.
REMEMBERED_S_REQUEST = 0.25
# A batch of claims about one order, or of one customer, asks once.
REMEMBERED_S_BATCH = 2.0
BREAKER_TIMEOUT_S = 0.5  # a request does not wait for the breakers' memory: without it their circuits are closed


class SystemsSettings(BaseModel, frozen=True):
    """What asking the other systems needs."""

    redis_url: SecretStr
    order_service_url: str
    customer_service_url: str

    @field_validator("order_service_url", "customer_service_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must be http://… or https://…")
        return url


class Settings(SystemsSettings, frozen=True):
    """What the HTTP function needs besides."""

    claims_url: str = Field(pattern=r"^https?://")
    service_token_secret: SecretStr | None = None  # as the authorizer has it
    idempotency_ttl_seconds: int = Field(default=86_400, gt=0)  # as the claims service has it


class SubscriberSettings(SystemsSettings, frozen=True):
    """What the subscriber and the sweep need besides."""

    mongo_url: SecretStr
    log_replicas_required: int = Field(default=0, ge=0, le=10)
    log_memory_percent_max: int = Field(default=90, gt=0, le=100)


@cache
def systems() -> Systems:
    """The order and customer systems, as a request asks them. Raises SettingsError."""
    return _systems(REMEMBERED_S_REQUEST)


@cache
def _systems(remembered_s: float) -> Systems:
    settings = read_settings(SystemsSettings)
    shared = connect(settings.redis_url.get_secret_value(), timeout_s=BREAKER_TIMEOUT_S)
    return Systems(
        _upstream("orders", settings.order_service_url, shared),
        _upstream("customers", settings.customer_service_url, shared),
        remembered_s=remembered_s,
    )


@cache
def from_order() -> FromOrder:
    """What makes claims from orders."""
    settings = read_settings(Settings)
    kept = traced(RedisKeptRequests(_redis()), "kept_requests", "redis")
    return FromOrder(systems(), claims(), kept, ttl_s=settings.idempotency_ttl_seconds)


@cache
def claims() -> HttpClaims:
    """The claims service. Raises SettingsError."""
    settings = read_settings(Settings)
    return HttpClaims(settings.claims_url, token=_token(settings))


@cache
def enriching() -> Enriching:
    """What the subscriber works with."""
    return Enriching(_learning(), _waiting(), sweeping(), utc_now)


@cache
def sweeping() -> Sweeping:
    """What the schedule works with."""
    return Sweeping(_learning(), _waiting(), utc_now)


def dependencies() -> Mapping[str, Callable[[], None]]:
    """What must answer for claims to be made. Not the other systems: without them there are stand-ins."""
    return {"claims": claims().check, "redis": lambda: _ping(_redis())}


def _token(settings: Settings) -> ServiceToken | None:
    """What we show the claims service; None where nobody is asked who they are."""
    if not is_auth_required():
        return None
    if settings.service_token_secret is None:
        raise SettingsError("set SERVICE_TOKEN_SECRET: the claims service must know who calls it")
    return ServiceToken("integration", settings.service_token_secret.get_secret_value())


def _upstream(name: Collection, url: str, shared: "Redis") -> Upstream:
    return Upstream(name, HttpSystem(url, name), SharedBreaker(name, shared))


@cache
def _redis() -> "Redis":
    return connect(read_settings(SystemsSettings).redis_url.get_secret_value())


@cache
def _learning() -> Learning:
    settings = read_settings(SubscriberSettings)
    redis_url = settings.redis_url.get_secret_value()
    guard = ArchiveGuard(MongoArchiveCheckpoints(client_for(settings.mongo_url.get_secret_value())))
    log = RedisEventLog(connect(redis_url), guard, replicas_required=settings.log_replicas_required)
    # A connection of its own: the log's tells by each new connection that the server may be another one.
    pressure = MemoryPressure(RedisMemory(connect(redis_url)), settings.log_memory_percent_max)
    aware = traced(PressureAwareLog(log, pressure), "event_log", "redis")
    return Learning(_systems(REMEMBERED_S_BATCH), aware, utc_now)


@cache
def _waiting() -> MongoWaitingContexts:
    """Where contexts wait. It writes, so it makes the index. Raises StoreUnavailableError."""
    waiting = MongoWaitingContexts(client_for(read_settings(SubscriberSettings).mongo_url.get_secret_value())[DATABASE])
    waiting.create_indexes()
    return traced(waiting, "waiting_contexts", "mongodb")


def _ping(client: "Redis") -> None:
    with translated_errors():
        client.ping()
