"""The event store's batch handler, over an archive in memory."""

import random
from typing import Any

import pytest

from functions.event_store import bootstrap
from functions.event_store.archiving import Archiving
from functions.event_store.events import handler
from repositories.errors import StoreUnavailableError
from repositories.memory.archive import MemoryArchive
from tests.contract.histories import batch_of, changed, life, lives


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> MemoryArchive:
    archive = MemoryArchive()
    monkeypatch.setattr(bootstrap, "archiving", lambda: Archiving(archive))
    return archive


def failed(response: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_a_batch_is_archived_whole(archive: MemoryArchive) -> None:
    events = life()
    assert handler(batch_of(events), None) == {"batchItemFailures": []}
    assert archive.of_aggregate("claim_67890") == events


def test_a_redelivered_batch_is_done_again_without_effect(archive: MemoryArchive) -> None:
    events = life()
    handler(batch_of(events[:3]), None)
    assert failed(handler(batch_of(events, delivery_count=2), None)) == []
    assert archive.of_aggregate("claim_67890") == events


def test_an_event_of_a_future_type_is_archived(archive: MemoryArchive) -> None:
    event = changed(life(steps=1)[0], event_type="ReclamationEscaladee", schema_version=7, data={"x": [1]})
    assert failed(handler(batch_of([event]), None)) == []
    assert archive.of_aggregate("claim_67890") == [event]


def test_an_unreadable_record_fails_and_the_others_are_archived(archive: MemoryArchive) -> None:
    batch = batch_of([*life("claim_1", 1), *(changed(event, position=2) for event in life("claim_2", 1))])
    del batch["Records"][0]["event"]["event_id"]
    assert failed(handler(batch, None)) == ["1-0"]
    assert len(archive.of_aggregate("claim_2")) == 1


def test_a_fork_fails_the_event_sounds_the_alarm_and_stops_what_follows(
    archive: MemoryArchive, caplog: pytest.LogCaptureFixture
) -> None:
    events = life()
    handler(batch_of(events[:2]), None)
    assert failed(handler(batch_of([changed(events[1], event_id="another")]), None)) == ["2-0"]
    assert [record.levelname for record in caplog.records if "forked" in record.message] == ["CRITICAL"]
    assert failed(handler(batch_of(events[2:]), None)) == ["3-0", "4-0", "5-0"]
    assert archive.of_aggregate("claim_67890") == events[:2]


def test_an_archive_that_is_away_fails_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(MemoryArchive):
        def append(self, envelopes: Any) -> Any:
            raise StoreUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(bootstrap, "archiving", lambda: Archiving(Away()))
    assert failed(handler(batch_of(life()), None)) == ["1-0", "2-0", "3-0", "4-0", "5-0"]


def lose_everything(archive: MemoryArchive) -> None:
    archive.__init__()  # type: ignore[misc]


def test_an_archive_that_was_emptied_gets_nothing_until_it_has_again_what_it_had(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    archive = MemoryArchive()
    archiving = Archiving(archive)
    monkeypatch.setattr(bootstrap, "archiving", lambda: archiving)
    events = lives(3)
    for batch in (events[:5], events[5:10]):
        assert failed(handler(batch_of(batch), None)) == []
    lose_everything(archive)
    assert failed(handler(batch_of(events[10:12]), None)) == ["11-0", "12-0"]
    assert "the archive lacks earlier events" in caplog.text
    assert archive.read() is None
    archive.append(events[:10])
    assert failed(handler(batch_of(events[10:]), None)) == []


def test_another_process_too_finds_that_the_archive_was_emptied(archive: MemoryArchive) -> None:
    events = life()
    assert failed(handler(batch_of(events[2:]), None)) == ["3-0", "4-0", "5-0"]
    assert archive.of_aggregate("claim_67890") == []


def test_an_event_whose_claim_lacks_the_one_before_waits_and_the_other_claims_go_on(archive: MemoryArchive) -> None:
    events = lives(3)
    handler(batch_of(events[:7]), None)
    batch = [event for event in events[7:] if event.position != 8]
    assert failed(handler(batch_of(batch), None)) == ["9-0", "10-0"]
    assert len(archive.of_aggregate("claim_3")) == 5
    assert failed(handler(batch_of(events[7:10]), None)) == []


@pytest.mark.parametrize("seed", range(5))
def test_claims_that_overtake_each_other_are_no_alarm(archive: MemoryArchive, seed: int) -> None:
    """Each claim's events in order, the claims in any: what retries, parking and lanes make of the stream."""
    chance = random.Random(seed)
    waiting = [[event for event in lives(8) if event.aggregate_id == f"claim_{number}"] for number in range(1, 9)]
    while waiting:
        claim = chance.choice(waiting)
        count = chance.randint(1, len(claim))
        assert failed(handler(batch_of(claim[:count]), None)) == []
        del claim[:count]
        waiting = [claim for claim in waiting if claim]
    checkpoint = archive.read()
    assert checkpoint is not None
    assert checkpoint.position == 40
