"""What every `EventLog` keeps, in memory or on a server. Subclass it and give it `open_log`."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from envelope import Envelope, utc_now
from repositories.errors import IdempotencyKeyReusedError, VersionConflictError
from repositories.ports.event_log import Append, Appended, Command, EventLog

OpenLog = Callable[[], EventLog]

HASH = "a" * 64
OTHER_HASH = "b" * 64


def event(claim_id: str, version: int, event_type: str = "ReclamationCreee") -> Envelope:
    """An event with accents, quotes and control characters in its data, as customers write them."""
    return Envelope(
        event_id=str(uuid4()),
        event_type=event_type,
        aggregate_id=claim_id,
        data={"description": 'Produit « défectueux »\n"reçu" \u0000 😀', "amount": 12.5},
        timestamp=utc_now(),
        correlation_id="trace_xyz789",
        version=version,
    )


def command(key: str, command_hash: str = HASH) -> Command:
    return Command(key, command_hash, ttl_s=3600, answer={"claim_id": "claim_é", "status": "created"})


def append_one(log: EventLog, claim_id: str, version: int, given: Command | None = None) -> Appended:
    return log.append(claim_id, [event(claim_id, version)], expected_version=version - 1, command=given)


class EventLogContract:
    """`open_log` opens the same log, as another process would; each test has a log of its own."""

    @pytest.fixture
    def log(self, open_log: OpenLog) -> EventLog:
        return open_log()

    def test_an_empty_log_ends_at_position_zero(self, log: EventLog) -> None:
        assert log.last_position() == 0
        assert log.first_position() is None
        assert log.event_at(1) is None
        assert log.read_claim("claim_1") == []

    def test_an_append_tells_the_version_and_the_position(self, log: EventLog) -> None:
        assert append_one(log, "claim_1", 1).version == 1
        appended = append_one(log, "claim_2", 1)
        assert (appended.version, appended.position, appended.replayed) == (1, 2, False)
        assert append_one(log, "claim_1", 2).position == 3
        assert (log.first_position(), log.last_position()) == (1, 3)

    def test_what_was_appended_is_read_back_equal(self, log: EventLog) -> None:
        given = [event("claim_1", 1), event("claim_1", 2, "ReclamationAffectee")]
        appended = log.append("claim_1", given, expected_version=0)
        assert [placed.model_copy(update={"position": None}) for placed in appended.events] == given
        assert [placed.position for placed in appended.events] == [1, 2]
        assert log.read_claim("claim_1") == list(appended.events)
        assert log.event_at(2) == appended.events[1]

    def test_reading_starts_after_the_version_given(self, log: EventLog) -> None:
        log.append("claim_1", [event("claim_1", version) for version in (1, 2, 3)], expected_version=0)
        assert [found.version for found in log.read_claim("claim_1", after_version=1)] == [2, 3]
        assert log.read_claim("claim_1", after_version=3) == []

    def test_versions_stay_in_order_beyond_nine(self, log: EventLog) -> None:
        log.append("claim_1", [event("claim_1", version) for version in range(1, 13)], expected_version=0)
        assert [found.version for found in log.read_claim("claim_1")] == list(range(1, 13))

    def test_the_second_writer_of_a_version_loses(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1)
        with pytest.raises(VersionConflictError) as refused:
            append_one(log, "claim_1", 1)
        assert (refused.value.expected, refused.value.actual) == (0, 1)

    def test_a_writer_ahead_of_the_claim_loses_too(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1)
        with pytest.raises(VersionConflictError):
            append_one(log, "claim_1", 3)

    def test_a_refused_append_writes_nothing(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1)
        with pytest.raises(VersionConflictError):
            log.append("claim_1", [event("claim_1", 1), event("claim_1", 2)], expected_version=0, command=command("k"))
        assert log.last_position() == 1
        assert len(log.read_claim("claim_1")) == 1
        assert log.outcome_of("k", HASH) is None

    def test_an_append_without_events_or_with_another_claims_is_a_mistake_of_ours(self, log: EventLog) -> None:
        with pytest.raises(ValueError, match="at least one"):
            log.append("claim_1", [], expected_version=0)
        with pytest.raises(ValueError, match="claim_1 version 1"):
            log.append("claim_1", [event("claim_2", 1)], expected_version=0)
        with pytest.raises(ValueError, match="claim_1 version 1"):
            log.append("claim_1", [event("claim_1", 2)], expected_version=0)

    def test_a_repeated_command_gets_its_first_answer_and_writes_nothing(self, log: EventLog) -> None:
        first = append_one(log, "claim_1", 1, command("key 1"))
        repeat = append_one(log, "claim_of_the_repeat", 1, command("key 1"))
        assert (repeat.replayed, repeat.version, repeat.position, repeat.events) == (True, 1, first.position, ())
        assert repeat.outcome is not None
        assert repeat.outcome.answer == {"claim_id": "claim_é", "status": "created"}
        assert log.last_position() == 1

    def test_a_repeat_gets_its_first_answer_even_when_the_claim_moved_on(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1, command("key"))
        append_one(log, "claim_1", 2)
        outcome = log.outcome_of("key", HASH)
        assert outcome is not None
        assert (outcome.version, outcome.position) == (1, 1)
        assert append_one(log, "claim_1", 1, command("key")).replayed

    def test_another_command_under_the_same_key_is_refused(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1, command("key"))
        with pytest.raises(IdempotencyKeyReusedError):
            append_one(log, "claim_1", 2, command("key", OTHER_HASH))
        with pytest.raises(IdempotencyKeyReusedError):
            log.outcome_of("key", OTHER_HASH)
        assert log.last_position() == 1

    def test_a_command_that_never_came_has_no_outcome(self, log: EventLog) -> None:
        assert log.outcome_of("key", HASH) is None

    def test_each_item_of_a_batch_is_all_or_none_by_itself(self, log: EventLog) -> None:
        append_one(log, "claim_1", 1, command("used"))
        answers = log.append_many(
            [
                Append("claim_2", [event("claim_2", 1)], 0, command("fresh")),
                Append("claim_1", [event("claim_1", 1)], 0),
                Append("claim_3", [event("claim_3", 1)], 0, command("used", OTHER_HASH)),
                Append("claim_4", [event("claim_4", 1)], 0, command("used")),
                Append("claim_5", [event("claim_5", 1), event("claim_5", 2)], 0),
            ]
        )
        assert isinstance(answers[0], Appended)
        assert isinstance(answers[1], VersionConflictError)
        assert isinstance(answers[2], IdempotencyKeyReusedError)
        assert isinstance(answers[3], Appended)
        assert answers[3].replayed
        assert isinstance(answers[4], Appended)
        assert [answers[0].position, answers[4].position, log.last_position()] == [2, 4, 4]
        assert log.read_claim("claim_3") == log.read_claim("claim_4") == []

    def test_an_empty_batch_has_no_answers(self, log: EventLog) -> None:
        assert log.append_many([]) == []

    def test_of_two_writers_that_race_exactly_one_wins_each_version(self, open_log: OpenLog) -> None:
        logs, versions = [open_log() for _ in range(4)], range(1, 26)
        start = Barrier(len(logs))

        def wins(log: EventLog) -> list[int]:
            won = []
            for version in versions:
                start.wait()
                try:
                    won.append(append_one(log, "claim_1", version).version)
                except VersionConflictError:
                    continue
            return won

        with ThreadPoolExecutor(len(logs)) as threads:
            won = list(threads.map(wins, logs))
        assert sorted(version for each in won for version in each) == list(versions)
        assert [found.version for found in logs[0].read_claim("claim_1")] == list(versions)

    def test_positions_have_no_gaps_under_writers_that_race(self, open_log: OpenLog) -> None:
        def write(writer: int) -> list[int]:
            log = open_log()
            return [append_one(log, f"claim_{writer}", version).position for version in range(1, 26)]

        with ThreadPoolExecutor(4) as threads:
            positions = list(threads.map(write, range(4)))
        assert _flat(positions) == list(range(1, 101))
        log = open_log()
        assert log.last_position() == 100
        assert [found.position for found in map(log.event_at, range(1, 101)) if found] == list(range(1, 101))

    def test_of_one_command_sent_many_times_at_once_one_is_done(self, open_log: OpenLog) -> None:
        def send(attempt: int) -> Appended:
            return append_one(open_log(), f"claim_{attempt}", 1, command("key"))

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(send, range(16)))
        assert sorted(answer.replayed for answer in answers) == [False] + [True] * 15
        assert {answer.position for answer in answers} == {1}


def _flat(lists: Sequence[Sequence[int]]) -> list[int]:
    return sorted(number for numbers in lists for number in numbers)
