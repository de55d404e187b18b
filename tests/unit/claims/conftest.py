"""The claims service over a log in memory."""

import pytest

from functions.claims import bootstrap
from functions.claims.service import ClaimService
from repositories.memory.event_log import MemoryEventLog
from tests.unit.claims.claims_api import ClaimsApi


@pytest.fixture
def log() -> MemoryEventLog:
    return MemoryEventLog()


@pytest.fixture
def api(log: MemoryEventLog, monkeypatch: pytest.MonkeyPatch) -> ClaimsApi:
    service = ClaimService(log, log.read_claim, idempotency_ttl_s=3600, pause=lambda _: None)
    monkeypatch.setattr(bootstrap, "service", lambda: service)
    return ClaimsApi()
