"""Before the first append the log is compared with the archive."""

import hashlib

import pytest

from envelope import Envelope, to_json
from repositories.errors import LogBehindArchiveError, StoreUnavailableError
from repositories.memory.event_log import MemoryEventLog
from repositories.ports.archive import ArchiveGapError, Checkpoint
from repositories.ports.event_log import LogDamagedError
from repositories.redis_log.archive_guard import ASK_AGAIN_S, ArchiveGuard
from tests.contract.event_log_contract import append_one


class Checkpoints:
    """An archive's checkpoints, to be set by hand; counts how often it is asked."""

    def __init__(self) -> None:
        self.checkpoint: Checkpoint | None = None
        self.sentence: str | None = None
        self.away = False
        self.asked = 0

    def read(self) -> Checkpoint | None:
        return self.checkpoint

    def fork(self) -> str | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailableError("away")
        return self.sentence


class TrimmedLog(MemoryEventLog):
    """A log whose oldest event is at `first`."""

    first = 2

    def first_position(self) -> int | None:
        return self.first

    def event_at(self, position: int) -> Envelope | None:
        return super().event_at(position) if position >= self.first else None


@pytest.fixture
def archive() -> Checkpoints:
    return Checkpoints()


def log_of(count: int, log: MemoryEventLog | None = None) -> MemoryEventLog:
    log = log or MemoryEventLog()
    for version in range(1, count + 1):
        append_one(log, "claim_1", version)
    return log


def checkpoint_of(log: MemoryEventLog, position: int) -> Checkpoint:
    event = log.event_at(position)
    assert event is not None
    return Checkpoint(position, event.event_id, hashlib.sha256(to_json(event)).hexdigest())


def test_an_empty_archive_knows_nothing_against_any_log(archive: Checkpoints) -> None:
    ArchiveGuard(archive).check(log_of(0))
    ArchiveGuard(archive).check(log_of(2))


def test_a_log_that_has_what_the_archive_has_is_asked_about_once(archive: Checkpoints) -> None:
    log = log_of(3)
    archive.checkpoint = checkpoint_of(log, 2)
    guard = ArchiveGuard(archive)
    guard.check(log)
    guard.check(log)
    assert archive.asked == 1


@pytest.mark.parametrize("count", [0, 1])
def test_a_log_that_ends_before_the_archive_is_refused_until_mended(archive: Checkpoints, count: int) -> None:
    whole = log_of(2)
    archive.checkpoint = checkpoint_of(whole, 2)
    guard = ArchiveGuard(archive)
    for _ in range(2):
        with pytest.raises(LogBehindArchiveError, match=f"ends at position {count}, the archive at 2"):
            guard.check(log_of(count))
    guard.check(whole)


def test_a_log_with_another_event_at_the_archives_position_is_refused(archive: Checkpoints) -> None:
    archive.checkpoint = checkpoint_of(log_of(2), 2)
    with pytest.raises(LogBehindArchiveError, match="different events at position 2"):
        ArchiveGuard(archive).check(log_of(3))


def test_a_log_trimmed_beyond_the_archives_position_has_nothing_to_compare(archive: Checkpoints) -> None:
    log = log_of(3, TrimmedLog())
    archive.checkpoint = checkpoint_of(log_of(1), 1)
    ArchiveGuard(archive).check(log)


def test_a_fork_stops_everything(archive: Checkpoints) -> None:
    archive.sentence = "two events at position 7"
    with pytest.raises(LogDamagedError, match="two events at position 7"):
        ArchiveGuard(archive).check(log_of(1))


def test_an_archive_that_is_away_stops_an_empty_log(archive: Checkpoints) -> None:
    archive.away = True
    guard = ArchiveGuard(archive)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="log is empty"):
            guard.check(log_of(0))
    archive.away = False
    guard.check(log_of(0))


def test_an_archive_that_is_away_does_not_stop_a_log_with_events_and_is_asked_again_later(
    archive: Checkpoints, caplog: pytest.LogCaptureFixture
) -> None:
    now_s = 0.0
    guard = ArchiveGuard(archive, clock_s=lambda: now_s)
    archive.away = True
    guard.check(log_of(1))
    guard.check(log_of(1))
    assert archive.asked == 1, "an append should not wait for the archive's timeout each time"
    assert "without having compared" in caplog.text
    archive.away, archive.checkpoint = False, checkpoint_of(log_of(2), 2)
    now_s = ASK_AGAIN_S
    with pytest.raises(LogBehindArchiveError):
        guard.check(log_of(1))


def test_readiness_finds_a_fork_that_came_later_and_then_appends_are_refused_too(archive: Checkpoints) -> None:
    now_s = 0.0
    guard, log = ArchiveGuard(archive, clock_s=lambda: now_s), log_of(1)
    guard.check(log)
    archive.sentence = "two events at position 7"
    now_s = ASK_AGAIN_S
    with pytest.raises(LogDamagedError):
        guard.check_again(log)
    with pytest.raises(LogDamagedError):
        guard.check(log)


@pytest.mark.parametrize("left", [None, 1])
def test_an_archive_that_lost_events_stops_no_command_and_readiness_tells(
    archive: Checkpoints, left: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    log = log_of(3)
    archive.checkpoint = checkpoint_of(log, 2)
    ArchiveGuard(archive).check(log)
    archive.checkpoint = checkpoint_of(log, left) if left else None
    anew = ArchiveGuard(archive)
    anew.check(log)
    assert "the archive has lost events" in caplog.text
    for _ in range(2):
        with pytest.raises(ArchiveGapError, match=f"ends at position {left or 0} and was at 2.*recours recover"):
            anew.check_again(log)
    archive.checkpoint = checkpoint_of(log, 3)
    anew.forget()
    anew.check_again(log)


def test_an_archive_that_is_away_is_not_a_lost_one(archive: Checkpoints) -> None:
    log = log_of(2)
    archive.checkpoint = checkpoint_of(log, 2)
    ArchiveGuard(archive).check(log)
    archive.away = True
    ArchiveGuard(archive).check_again(log)
