"""Load, decide, append: races, memory, clocks and counts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from claim_domain import AssignClaim, CloseClaim, CreateClaim, ResolveClaim, StartClaim
from envelope import Envelope
from envelope.errors import NotFoundError, PreconditionError, RejectedError
from functions.claims.decisions import Accepted
from functions.claims.history import ClaimHistory
from functions.claims.requests import RequestContext, hash_command
from functions.claims.service import ATTEMPTS_MAX, ClaimService
from repositories.errors import VersionConflictError
from repositories.memory.event_log import MemoryEventLog
from repositories.ports.event_log import LogTrimmedError

CREATE = CreateClaim("cust_12345", "product_defect", "Produit défectueux reçu")
ASSIGN = AssignClaim("agent_smith")
CONTEXT = RequestContext("trace_1")
NOON = datetime(2025, 7, 8, 12, tzinfo=UTC)


class Clock:
    """Tells the times it was given, one after another, then the last for ever."""

    def __init__(self, *moments: datetime) -> None:
        self._moments = list(moments)

    def __call__(self) -> datetime:
        return self._moments.pop(0) if len(self._moments) > 1 else self._moments[0]


class Meddler(MemoryEventLog):
    """`meddle`, where it is set, is called once: right before the next append, as another writer that is quicker."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: Callable[[], object] = _nothing
        self.reads = 0

    def append(self, *given: Any, **named: Any) -> Any:
        meddle, self.meddle = self.meddle, _nothing
        meddle()
        return super().append(*given, **named)

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        self.reads += 1
        return super().read_claim(claim_id, after_version)


def _nothing() -> None:
    """Nobody meddles."""


def service_of(log: MemoryEventLog, now: Any = lambda: NOON, pauses: list[float] | None = None) -> ClaimService:
    pause = (pauses if pauses is not None else []).append
    return ClaimService(log, log.read_claim, idempotency_ttl_s=3600, now=now, pause=pause)


def count_of(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_lost_race_is_decided_again_on_the_claim_as_it_is_now() -> None:
    log, pauses = Meddler(), list[float]()
    service, other = service_of(log, pauses=pauses), service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    log.meddle = lambda: other.change(claim_id, AssignClaim("agent_jones"), CONTEXT)
    assert service.change(claim_id, ASSIGN, CONTEXT).version == 3
    assert service.get(claim_id).agent_id == "agent_smith"
    assert len(pauses) == 1


def test_a_command_that_the_race_made_impossible_is_refused() -> None:
    log = Meddler()
    service, other = service_of(log), service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    service.change(claim_id, ASSIGN, CONTEXT)
    log.meddle = lambda: other.change(claim_id, StartClaim(), CONTEXT)
    with pytest.raises(RejectedError, match="is in_progress"):
        service.change(claim_id, StartClaim(), CONTEXT)


def test_a_race_lost_every_time_ends_in_a_conflict_with_growing_pauses() -> None:
    log, pauses = Meddler(), list[float]()
    service, other = service_of(log, pauses=pauses), service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id

    def meddle() -> None:
        other.change(claim_id, AssignClaim("agent_jones"), CONTEXT)
        log.meddle = meddle

    log.meddle = meddle
    with pytest.raises(VersionConflictError):
        service.change(claim_id, ASSIGN, CONTEXT)
    assert len(pauses) == ATTEMPTS_MAX - 1
    assert sum(pauses) < 1.0


def test_if_match_is_held_against_the_claim_of_each_attempt() -> None:
    log = Meddler()
    service, other = service_of(log), service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    log.meddle = lambda: other.change(claim_id, AssignClaim("agent_jones"), CONTEXT)
    with pytest.raises(PreconditionError):
        service.change(claim_id, ASSIGN, RequestContext("trace", versions_allowed=frozenset({1})))


def test_a_claim_just_changed_is_not_read_again() -> None:
    log = Meddler()
    service = service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    for command in (ASSIGN, StartClaim(), ResolveClaim("remplacé"), CloseClaim()):
        service.change(claim_id, command, CONTEXT)
    assert log.reads == 0


def test_a_refusal_is_never_given_on_the_word_of_our_memory() -> None:
    log = MemoryEventLog()
    one, other = service_of(log), service_of(log)
    claim_id = one.create(CREATE, CONTEXT).claim_id
    other.change(claim_id, ASSIGN, CONTEXT)
    # `one` remembers the claim as created, which cannot be started; the log knows better.
    assert one.change(claim_id, StartClaim(), CONTEXT).version == 3
    other_context = RequestContext("trace", versions_allowed=frozenset({3}))
    assert other.change(claim_id, ResolveClaim("remplacé"), other_context).version == 4


def test_a_command_on_a_claim_that_never_was_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        service_of(MemoryEventLog()).change("claim_none", ASSIGN, CONTEXT)


def test_an_event_is_never_earlier_than_the_one_before_it() -> None:
    log = MemoryEventLog()
    service = service_of(log, now=Clock(NOON, NOON - timedelta(hours=1), NOON + timedelta(seconds=1)))
    claim_id = service.create(CREATE, CONTEXT).claim_id
    service.change(claim_id, ASSIGN, CONTEXT)
    service.change(claim_id, StartClaim(), CONTEXT)
    assert [event.timestamp for event in log.read_claim(claim_id)] == [NOON, NOON, NOON + timedelta(seconds=1)]


def test_what_the_service_answers_is_what_replay_finds() -> None:
    log = MemoryEventLog()
    service = service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    for command in (ASSIGN, StartClaim(), ResolveClaim("remplacé"), CloseClaim()):
        accepted = service.change(claim_id, command, CONTEXT)
        claim = service.get(claim_id)
        assert (claim.status, claim.version) == (accepted.status, accepted.version)
        # The claim that we remember, without reading, equals the one folded from the log.
        assert service._recent.get(claim_id) == claim


def test_an_event_is_counted_once_though_its_command_comes_twice() -> None:
    names = [
        ("events_published_total", {"event_type": "ReclamationCreee"}),
        ("events_published_total", {"event_type": "ReclamationAffectee"}),
        ("claims_created_total", {"claim_type": "product_defect"}),
        ("claims_created_by_urgency_total", {"urgency": "medium"}),
        ("claims_status_changes_total", {"from_status": "none", "to_status": "created"}),
        ("claims_status_changes_total", {"from_status": "created", "to_status": "assigned"}),
        ("claims_status_changes_total", {"from_status": "assigned", "to_status": "assigned"}),
    ]
    before = [count_of(name, **labels) for name, labels in names]
    service = service_of(MemoryEventLog())
    create, assign = RequestContext("t", idempotency_key="create"), RequestContext("t", idempotency_key="assign")
    for _ in range(3):
        claim_id = service.create(CREATE, create).claim_id
        service.change(claim_id, ASSIGN, assign)
    service.change(claim_id, AssignClaim("agent_jones"), CONTEXT)
    counted = [count_of(name, **labels) - start for (name, labels), start in zip(names, before, strict=True)]
    assert counted == [1, 2, 1, 1, 1, 1, 0]


def test_a_batch_is_counted_claim_by_claim() -> None:
    before = count_of("claims_created_total", claim_type="product_defect")
    service = service_of(MemoryEventLog())
    context = RequestContext("t", idempotency_key="k")
    first = service.create_many({0: CREATE, 7: CREATE}, context)
    again = service.create_many({0: CREATE, 7: CREATE, 8: CREATE}, context)
    assert list(again) == [0, 7, 8]
    assert [_claim_id(first[index]) == _claim_id(again[index]) for index in (0, 7)] == [True, True]
    assert count_of("claims_created_total", claim_type="product_defect") - before == 3


def _claim_id(answer: Any) -> str:
    assert isinstance(answer, Accepted)
    return answer.claim_id


def test_a_commands_hash_depends_on_what_is_asked_and_on_nothing_else() -> None:
    assert hash_command(None, CREATE) == hash_command(
        None, CreateClaim(*("cust_12345", "product_defect", CREATE.description), urgency="medium")
    )
    others = [
        hash_command(None, CREATE),
        hash_command("claim_1", ASSIGN),
        hash_command("claim_2", ASSIGN),
        hash_command("claim_1", AssignClaim("agent_smith", estimated_resolution_time=NOON)),
        hash_command("claim_1", StartClaim()),
        hash_command("claim_1", CloseClaim()),
        hash_command("claim_1", CloseClaim("done")),
    ]
    assert len(set(others)) == len(others)


class Trimmed(MemoryEventLog):
    """A log from which each claim's first events are gone."""

    gone = 1

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        if after_version < self.gone:
            raise LogTrimmedError("in the archive only")
        return super().read_claim(claim_id, after_version)


@pytest.mark.parametrize("archived", [1, 2, 3])
def test_a_claim_trimmed_from_the_log_wakes_from_the_archive(archived: int) -> None:
    log = Trimmed()
    service = service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    service.change(claim_id, ASSIGN, CONTEXT)
    service.change(claim_id, StartClaim(), CONTEXT)
    whole = MemoryEventLog.read_claim(log, claim_id)
    history = ClaimHistory(log, lambda _: whole[:archived])
    assert history.read(claim_id) == whole
    woken = ClaimService(log, history.read, idempotency_ttl_s=3600, now=lambda: NOON)
    assert woken.change(claim_id, ResolveClaim("remplacé"), CONTEXT).version == 4


def test_what_was_overtaken_on_its_way_to_the_archive_is_read_from_the_log() -> None:
    log = Trimmed()
    service = service_of(log)
    claim_id = service.create(CREATE, CONTEXT).claim_id
    service.change(claim_id, ASSIGN, CONTEXT)
    service.change(claim_id, StartClaim(), CONTEXT)
    first, second, third = MemoryEventLog.read_claim(log, claim_id)
    assert ClaimHistory(log, lambda _: [first, third]).read(claim_id) == [first, second, third]
    log.gone = 2
    with pytest.raises(LogTrimmedError):
        ClaimHistory(log, lambda _: [first, third]).read(claim_id)


def test_a_claim_that_is_neither_in_the_log_nor_in_the_archive_is_told_as_unavailable() -> None:
    nothing: Sequence[Envelope] = []
    with pytest.raises(LogTrimmedError):
        ClaimHistory(Trimmed(), lambda _: nothing).read("claim_1")
