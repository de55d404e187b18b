"""New commands are refused before the log's server is full; everything else goes on."""

import logging

import pytest

from envelope.errors import RecoursError
from functions.claims import bootstrap
from functions.claims.service import ClaimService
from repositories.errors import StoreUnavailableError
from repositories.memory.event_log import MemoryEventLog
from repositories.ports.event_log import Append, Appended
from repositories.ports.log_memory import LogNearlyFullError, MemoryUse
from repositories.redis_log.memory_pressure import MemoryPressure, PressureAwareLog
from tests.contract.event_log_contract import OTHER_HASH, EventLogContract, OpenLog, append_one, command, event
from tests.unit.claims.claims_api import AGENT, NEW_CLAIM, ClaimsApi


class Server:
    """A LogMemory whose use the test sets, with the clock that it is asked by."""

    def __init__(self, used: int = 10, limit: int | None = 100) -> None:
        self.use = MemoryUse(used, limit)
        self.now_s = 0.0
        self.asked = 0
        self.is_away = False

    def read(self) -> MemoryUse:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailableError("away")
        return self.use

    def fill(self, used: int) -> None:
        """So many per cent, and time goes on until it is noticed."""
        self.use = MemoryUse(used, 100)
        self.now_s += 1.0

    def pressure(self) -> MemoryPressure:
        return MemoryPressure(self, 90, clock_s=lambda: self.now_s)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def log(server: Server) -> PressureAwareLog:
    return PressureAwareLog(MemoryEventLog(), server.pressure())


class TestPressureAwareLog(EventLogContract):
    @pytest.fixture
    def open_log(self) -> OpenLog:
        log = MemoryEventLog()
        return lambda: PressureAwareLog(log, Server().pressure())


def test_at_the_limit_a_new_event_is_refused_and_reading_goes_on(server: Server, log: PressureAwareLog) -> None:
    append_one(log, "claim_1", 1)
    server.fill(89)
    append_one(log, "claim_1", 2)
    server.fill(90)
    with pytest.raises(LogNearlyFullError, match="90 % or more"):
        append_one(log, "claim_1", 3)
    assert [found.version for found in log.read_claim("claim_1")] == [1, 2]
    assert (log.first_position(), log.last_position()) == (1, 2)
    assert log.event_at(2) is not None
    server.fill(80)
    assert append_one(log, "claim_1", 3).version == 3


def test_the_server_is_asked_once_a_second_at_most(server: Server, log: PressureAwareLog) -> None:
    for version in range(1, 6):
        append_one(log, "claim_1", version)
    assert server.asked == 1
    server.now_s = 0.99
    append_one(log, "claim_1", 6)
    assert server.asked == 1
    server.now_s = 1.0
    append_one(log, "claim_1", 7)
    assert server.asked == 2


def test_under_pressure_a_command_that_was_done_gets_its_first_answer(server: Server, log: PressureAwareLog) -> None:
    first = append_one(log, "claim_1", 1, command("key"))
    server.fill(95)
    repeat = append_one(log, "claim_2", 1, command("key"))
    assert (repeat.replayed, repeat.position, repeat.version) == (True, first.position, 1)
    with pytest.raises(RecoursError, match="came before with another request"):
        append_one(log, "claim_2", 1, command("key", OTHER_HASH))
    with pytest.raises(LogNearlyFullError):
        append_one(log, "claim_2", 1, command("fresh"))


def test_under_pressure_each_new_item_of_a_batch_is_refused_by_itself(server: Server, log: PressureAwareLog) -> None:
    append_one(log, "claim_1", 1, command("done"))
    server.fill(95)
    items = [("claim_2", command("done")), ("claim_3", command("fresh")), ("claim_4", None)]
    answers = log.append_many([Append(claim, [event(claim, 1)], 0, given) for claim, given in items])
    assert [type(answer) for answer in answers] == [Appended, LogNearlyFullError, LogNearlyFullError]
    assert log.last_position() == 1


def test_a_server_that_cannot_tell_is_told_as_away_and_asked_again(server: Server, log: PressureAwareLog) -> None:
    server.is_away = True
    with pytest.raises(StoreUnavailableError):
        append_one(log, "claim_1", 1)
    server.is_away = False
    assert append_one(log, "claim_1", 1).version == 1


def test_a_server_without_a_limit_is_warned_of_once_and_never_full(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(10**12, None)
    log = PressureAwareLog(MemoryEventLog(), server.pressure())
    with caplog.at_level(logging.WARNING):
        for version in range(1, 4):
            append_one(log, "claim_1", version)
            server.now_s += 1
    assert [record.message for record in caplog.records if "maxmemory" in record.message] == [
        "the log's server has no maxmemory: commands go on until the machine has no memory left"
    ]


def test_a_nearly_full_log_is_answered_503_with_retry_after_and_heals(
    server: Server, log: PressureAwareLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = ClaimService(log, log.read_claim, idempotency_ttl_s=60)
    monkeypatch.setattr(bootstrap, "service", lambda: service)
    api = ClaimsApi()
    claim_id = api.claim()
    server.fill(95)
    for answer in (
        api.post("/claims", NEW_CLAIM),
        api.post("/claims/batch", [NEW_CLAIM] * 2),
        api.post(f"/claims/{claim_id}/assign", AGENT),
    ):
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.body["type"] == "urn:recours:problem:log-nearly-full"
    assert api.get(f"/claims/{claim_id}").body["version"] == 1
    server.fill(50)
    assert api.post(f"/claims/{claim_id}/assign", AGENT).status == 200
