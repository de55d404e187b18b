"""The log is lost, rolled back or forked, and `recover` mends it from the archive; on a real server."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from envelope import Envelope, context_id_of
from envelope.errors import UnreadableError
from local.recover.group_stands import Group
from local.recover.recovery import Diagnosis, Done, Stores, diagnose, mend
from local.recover.restoring import LogChangedError
from local.recover.staging import Staging
from local.recover.survey import LogState, look_at
from local.recover.verdict import Action
from local.recover.words import is_whole, plan, result
from repositories.errors import LogBehindArchiveError, StoreUnavailableError, VersionConflictError
from repositories.memory.archive import MemoryArchive
from repositories.ports.event_log import LogTrimmedError, LogWentBackError
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import LogKeys
from streams.group.consumer_group import ConsumerGroup
from streams.group.lag import measure_lag
from streams.mapping import EventSourceMapping
from tests.contract.event_log_contract import append_one, event

TYPES = ("ReclamationCreee", "ReclamationAffectee", "ReclamationEnCours", "ReclamationResolue", "ReclamationCloturee")


def quiet(label: str, total: int) -> Callable[[int], None]:
    return lambda _: None


class Case:
    """One log, its archive, and two groups: `archiver` and `slow`."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.keys = LogKeys(f"{{{uuid4()}}}:")
        self.client: Any = connect(url)
        self.archive = MemoryArchive()
        self.directory = directory
        self.groups = [Group(self.keys.all_events, name) for name in ("archiver", "slow")]
        self.log = self.open_log()

    def open_log(self) -> RedisEventLog:
        return RedisEventLog(connect(self.url), ArchiveGuard(self.archive), keys=self.keys)

    @property
    def stores(self) -> Stores:
        return Stores(
            self.client, self.archive, self.archive, self.groups, "archiver", self.directory / "pollers", self.keys
        )

    def live(self, claim_id: str, steps: int = 5, *, archived: bool = True) -> list[Envelope]:
        """A claim's first events, of a life's types."""
        events: list[Envelope] = []
        for version, event_type in enumerate(TYPES[:steps], start=1):
            appended = self.log.append(claim_id, [event(claim_id, version, event_type)], expected_version=version - 1)
            events += appended.events
        if archived:
            assert self.archive.append(events) == {}
        return events

    def enrich(self, claim_id: str, *, archived: bool = True) -> Envelope:
        """The claim's context, appended beside it."""
        context_id = context_id_of(claim_id)
        [appended] = self.log.append(
            context_id, [event(context_id, 1, "ReclamationEnrichie")], expected_version=0
        ).events
        assert not archived or self.archive.append([appended]) == {}
        return appended

    def lose(self) -> None:
        names = self.client.keys(self.keys.prefix + "*")
        self.client.delete(*names)

    def keep_file(self, group: str, done: int, log_id: str | None = None) -> None:
        """As the group's poller does."""
        log_id = log_id or self.client.get(self.keys.log_id).decode()
        (self.directory / "pollers").mkdir(exist_ok=True)
        kept = {"stream": self.keys.all_events, "group": group, "entry_id": f"{done}-0", "log_id": log_id}
        (self.directory / "pollers" / f"{group}.json").write_text(json.dumps(kept))

    def copy(self) -> dict[bytes, bytes]:
        return {name: self.client.dump(name) for name in self.client.keys(self.keys.prefix + "*")}

    def roll_back(self, to: dict[bytes, bytes]) -> None:
        self.lose()
        for name, value in to.items():
            self.client.restore(name, 0, value)

    def diagnose(self) -> Diagnosis:
        return diagnose(self.stores, quiet)

    def recover(self) -> tuple[Diagnosis, Done]:
        diagnosis = self.diagnose()
        return diagnosis, mend(self.stores, diagnosis, quiet)

    def group(self, name: str) -> Any:
        return next(info for info in self.client.xinfo_groups(self.keys.all_events) if info["name"].decode() == name)

    def positions(self, stream: str | None = None) -> list[int]:
        entries = self.client.xrange(stream or self.keys.all_events)
        return [int(entry_id.split(b"-")[0]) for entry_id, _ in entries]


@pytest.fixture
def case(redis_url: str, tmp_path: Path) -> Case:
    return Case(redis_url, tmp_path)


def test_a_lost_log_is_restored_and_goes_on_with_the_right_versions_and_positions(case: Case) -> None:
    closed, opened = case.live("claim_closed"), case.live("claim_open", 3)
    other = case.open_log()
    case.lose()
    for log in (case.log, other, case.open_log()):
        with pytest.raises(LogBehindArchiveError):
            append_one(log, "claim_open", 4)
    diagnosis, done = case.recover()
    assert diagnosis.verdict.action is Action.RESTORE
    assert (done.archived, is_whole(diagnosis)) == (0, True)
    assert case.open_log().read_claim("claim_open") == opened
    assert case.log.last_position() == 8
    with pytest.raises(LogTrimmedError, match="versions 1 to 5"):
        case.open_log().read_claim("claim_closed")
    assert [stored.position for stored in closed] == [1, 2, 3, 4, 5]
    assert append_one(case.open_log(), "claim_open", 4).position == 9
    assert append_one(other, "claim_closed", 6).position == 10
    assert append_one(case.log, "claim_new", 1).position == 11
    assert case.positions() == list(range(1, 12))
    assert case.client.keys(case.keys.prefix + "events:recovering:*") == []


def test_what_is_restored_is_what_was_there_byte_for_byte(case: Case) -> None:
    for number in range(3):
        case.live(f"claim_{number}", 4)
    names = [case.keys.all_events, *(case.keys.claim(f"claim_{number}") for number in range(3))]
    names += [case.keys.of_type(event_type) for event_type in TYPES[:4]]
    before = {name: (case.client.xrange(name), _ids(case, name)) for name in names}
    case.lose()
    case.recover()
    assert {name: (case.client.xrange(name), _ids(case, name)) for name in names} == before


def _ids(case: Case, name: str) -> tuple[Any, ...]:
    info = case.client.xinfo_stream(name)
    return info["last-generated-id"], info["entries-added"], info["length"]


def test_contexts_are_restored_and_are_no_claims_and_those_of_closed_claims_are_cut_with_them(
    case: Case,
) -> None:
    case.live("claim_open", 2)
    case.live("claim_closed", 3)
    contexts = [case.enrich(claim_id) for claim_id in ("claim_open", "claim_closed")]
    last = case.log.append(
        "claim_closed", [event("claim_closed", 4, TYPES[3]), event("claim_closed", 5, TYPES[4])], expected_version=3
    )
    assert case.archive.append(last.events) == {}
    case.lose()
    diagnosis, done = case.recover()
    assert done.restored is not None
    assert (done.restored.claims, is_whole(diagnosis)) == (2, True)
    assert "with 2 claims" in result(diagnosis, done)[0]
    assert case.positions(case.keys.of_type("ReclamationEnrichie")) == [6, 7]
    assert case.positions(case.keys.all_events) == list(range(1, 10))
    assert case.open_log().read_claim("context_claim_open") == contexts[:1]
    assert case.positions(case.keys.claim("context_claim_closed")) == []
    for claim_id in ("claim_open", "claim_closed"):
        with pytest.raises(VersionConflictError):
            append_one(case.open_log(), f"context_{claim_id}", 1)


def test_a_lost_archive_gets_contexts_from_their_own_streams_too(case: Case) -> None:
    case.live("claim_1", 2, archived=False)
    context = case.enrich("claim_1", archived=False)
    case.live("claim_2", 1, archived=False)
    case.client.xtrim(case.keys.all_events, minid="4-0", approximate=False)
    case.client.set(case.keys.archived, 4)
    case.recover()
    assert case.archive.of_aggregate("context_claim_1") == [context]


def test_groups_go_on_where_their_files_say_and_what_is_behind_all_is_not_restored(case: Case) -> None:
    case.live("claim_1")
    case.live("claim_2")
    case.keep_file("archiver", 9)
    case.keep_file("slow", 6)
    case.lose()
    case.recover()
    assert case.positions() == [7, 8, 9, 10]
    assert case.positions(case.keys.of_type("ReclamationCreee")) == []
    assert case.positions(case.keys.of_type("ReclamationCloturee")) == [10]
    for name, done in (("archiver", 9), ("slow", 6)):
        group = ConsumerGroup(case.client, EventSourceMapping("F", case.keys.all_events, name))
        group.ensure()
        group.check_nothing_lost()
        assert measure_lag(case.client, case.keys.all_events, name).entries == 10 - done
        answer = case.client.xreadgroup(name, "consumer", {case.keys.all_events: ">"}, count=100)
        assert [entry_id for entry_id, _ in answer[0][1]] == [b"%d-0" % place for place in range(done + 1, 11)]
    assert append_one(case.open_log(), "claim_3", 1).position == 11
    assert _ids(case, case.keys.of_type("ReclamationCreee")) == (b"11-0", 3, 1)


def test_a_group_of_which_nothing_is_known_gets_everything_again(case: Case) -> None:
    case.live("claim_1")
    case.keep_file("archiver", 5)
    case.lose()
    diagnosis, _ = case.recover()
    assert case.positions() == [1, 2, 3, 4, 5]
    assert (case.group("slow")["entries-read"], case.group("archiver")["entries-read"]) == (0, 5)
    assert "Group slow will go on from the beginning" in "\n".join(plan(diagnosis))


def test_a_file_of_another_log_is_not_believed(case: Case) -> None:
    case.live("claim_1")
    copy = case.copy()
    case.live("claim_2")
    case.keep_file("slow", 8, log_id="another")
    case.keep_file("archiver", 8)
    case.roll_back(copy)
    case.recover()
    assert (case.group("slow")["last-delivered-id"], case.group("archiver")["last-delivered-id"]) == (b"0-0", b"8-0")


def test_pollers_that_made_their_groups_again_meanwhile_do_not_stop_it(case: Case) -> None:
    case.live("claim_1")
    case.keep_file("archiver", 4)
    case.lose()
    case.client.xgroup_create(case.keys.all_events, "archiver", id="0", mkstream=True)
    case.client.xgroup_create(case.keys.all_events, "somebody_elses", id="0")
    case.recover()
    assert case.group("archiver")["last-delivered-id"] == b"4-0"
    assert case.group("somebody_elses")["entries-read"] == 0


def test_a_rolled_back_log_is_restored_to_what_the_archive_has(case: Case) -> None:
    case.live("claim_1", 3)
    copy = case.copy()
    rest = case.live("claim_2", 4)
    case.roll_back(copy)
    with pytest.raises(LogWentBackError):
        append_one(case.log, "claim_2", 5)
    diagnosis, _ = case.recover()
    assert "lost positions 4 to 7" in plan(diagnosis)[0]
    assert case.open_log().read_claim("claim_2") == rest
    assert append_one(case.open_log(), "claim_2", 5).position == 8


def test_events_that_only_the_rolled_back_log_has_are_archived_first(case: Case) -> None:
    [late] = case.live("claim_late", 1, archived=False)
    case.live("claim_1", 2)
    copy = case.copy()
    case.live("claim_2", 2)
    case.roll_back(copy)
    diagnosis, done = case.recover()
    assert (diagnosis.verdict.action, done.archived) == (Action.RESTORE, 1)
    assert case.archive.of_aggregate("claim_late") == [late]
    assert case.open_log().read_claim("claim_late") == [late]
    assert case.positions() == [1, 2, 3, 4, 5]


def test_a_log_that_is_ahead_and_well_has_nothing_to_recover(case: Case) -> None:
    case.live("claim_1")
    case.live("claim_2", archived=False)
    before = case.copy()
    diagnosis, _ = case.recover()
    assert (diagnosis.verdict.action, is_whole(diagnosis)) == (Action.NOTHING, True)
    assert case.copy() == before


def test_a_trimmed_log_and_an_empty_one_have_nothing_to_recover(case: Case) -> None:
    assert case.diagnose().verdict.action is Action.NOTHING
    case.live("claim_1")
    case.client.xtrim(case.keys.all_events, minid="4-0", approximate=False)
    assert case.diagnose().verdict.action is Action.NOTHING
    case.client.xtrim(case.keys.all_events, maxlen=0, approximate=False)
    assert case.diagnose().verdict.action is Action.NOTHING


def test_a_forked_history_is_refused_with_its_positions_and_nothing_changes(case: Case) -> None:
    case.live("claim_1", 2)
    copy = case.copy()
    case.live("claim_2", 3)
    case.roll_back(copy)
    blind = RedisEventLog(connect(case.url), keys=case.keys)
    append_one(blind, "claim_3", 1)
    before = case.copy()
    diagnosis, _ = case.recover()
    assert diagnosis.verdict.action is Action.REFUSE
    assert "different events at position 3:" in plan(diagnosis)[0]
    assert (case.copy(), is_whole(diagnosis)) == (before, False)


def test_a_fork_in_the_versions_of_a_claim_is_refused_though_the_positions_fit(case: Case) -> None:
    case.live("claim_1", 2)
    copy = case.copy()
    lost, *archived = case.live("claim_2", 3, archived=False)
    case.archive.append(archived)
    case.roll_back(copy)
    append_one(RedisEventLog(connect(case.url), keys=case.keys), "claim_3", 1)
    diagnosis, _ = case.recover()
    assert lost.position == 3
    assert diagnosis.verdict.action is Action.REFUSE
    assert "claim_2" in plan(diagnosis)[0]


def test_a_hole_that_neither_store_can_fill_is_refused(case: Case) -> None:
    _, *archived = case.live("claim_1", 3, archived=False)
    case.archive.append(archived)
    case.lose()
    diagnosis, _ = case.recover()
    assert diagnosis.verdict.action is Action.REFUSE
    assert plan(diagnosis)[0] == "Neither the log nor the archive has position 1."


def test_events_that_groups_handled_and_nobody_has_are_told_as_lost(case: Case) -> None:
    case.live("claim_1", 3)
    case.live("claim_2", 2, archived=False)
    case.keep_file("slow", 5)
    case.lose()
    diagnosis, _ = case.recover()
    assert "Positions 4 to 5, which slow had handled, are lost" in "\n".join(plan(diagnosis))
    assert case.group("slow")["last-delivered-id"] == b"3-0"
    kept = json.loads((case.directory / "pollers" / "slow.json").read_text())
    assert (kept["entry_id"], kept["log_id"]) == ("3-0", case.client.get(case.keys.log_id).decode())
    with pytest.raises(LogWentBackError):  # finds another log than it verified; the next append verifies that
        append_one(case.log, "claim_2", 1)
    assert append_one(case.log, "claim_2", 1).position == 4


def test_an_archive_that_lost_events_gets_them_from_the_log(case: Case) -> None:
    case.live("claim_1")
    events = case.live("claim_2")
    case.client.hset(case.keys.checkpoint("archiver"), mapping={"entry_id": "10-0", "stream": case.keys.all_events})
    case.archive = MemoryArchive()
    diagnosis, done = case.recover()
    assert (diagnosis.verdict.action, done.archived, done.restored) == (Action.REARCHIVE, 10, None)
    assert case.archive.of_aggregate("claim_2") == events
    assert case.diagnose().verdict.action is Action.NOTHING


def trimmed_and_dropped(case: Case) -> list[Envelope]:
    """An archive lost beside a log of which the beginning is trimmed; claim_1's own stream is cool, claim_2's warm."""
    case.live("claim_1")
    events = case.live("claim_2", 3)
    case.live("claim_3", 2)
    case.client.xtrim(case.keys.all_events, minid="8-0", approximate=False)
    case.client.xtrim(case.keys.claim("claim_1"), maxlen=0, approximate=False)
    case.client.hset(case.keys.checkpoint("archiver"), mapping={"entry_id": "10-0", "stream": case.keys.all_events})
    case.archive = MemoryArchive()
    return events


def test_a_lost_archive_gets_what_the_claims_own_streams_still_have(case: Case) -> None:
    events = trimmed_and_dropped(case)
    diagnosis, done = case.recover()
    assert (diagnosis.verdict.action, done.archived, is_whole(diagnosis)) == (Action.REARCHIVE, 5, False)
    lost = (
        "Positions 1 to 5 were trimmed from the log and lived in the archive alone: "
        "restore the archive's backup, or --accept-loss."
    )
    assert plan(diagnosis)[-1] == lost
    assert case.archive.of_aggregate("claim_2") == events
    assert case.archive.read() is None
    again = case.diagnose()
    assert (again.verdict.action, is_whole(again)) == (Action.NOTHING, False)
    said = plan(again)
    assert (said[0], len(said)) == (lost, 2)
    assert said[1].startswith("Nothing else to recover: ")


def test_a_beginning_that_nobody_has_is_given_up_only_when_told_so(case: Case) -> None:
    trimmed_and_dropped(case)
    case.recover()
    diagnosis = diagnose(case.stores, quiet, accept_loss=True)
    assert is_whole(diagnosis)
    assert plan(diagnosis, "would")[-1].endswith("given up as lost, and the archive would begin after position 5.")
    done = mend(case.stores, diagnosis, quiet)
    assert result(diagnosis, done) == ["The archive begins after position 5."]
    checkpoint = case.archive.read()
    assert checkpoint is not None
    assert (checkpoint.position, case.open_log().archived_position()) == (10, 10)
    after = case.diagnose()
    assert (after.verdict.action, is_whole(after)) == (Action.NOTHING, True)
    case.open_log().check()
    assert append_one(case.open_log(), "claim_2", 4).position == 11
    case.archive.append(append_one(case.open_log(), "claim_1", 6).events)  # of the one whose beginning is gone
    case.archive.append(case.open_log().read_claim("claim_2", after_version=3))
    case.archive.append(append_one(case.open_log(), "claim_1", 7).events)
    assert case.diagnose().verdict.action is Action.NOTHING
    case.lose()
    case.recover()
    assert append_one(case.open_log(), "claim_1", 8).position == 14
    assert [stored.version for stored in case.open_log().read_claim("claim_2")] == [1, 2, 3, 4]


def test_what_the_archiver_has_not_acknowledged_is_on_its_way_and_not_lost(case: Case) -> None:
    case.live("claim_1", archived=False)
    case.client.hset(case.keys.checkpoint("slow"), mapping={"entry_id": "5-0", "stream": case.keys.all_events})
    assert case.diagnose().verdict.action is Action.NOTHING


def test_a_log_that_lost_only_its_id_gets_one(case: Case) -> None:
    case.live("claim_1")
    case.client.delete(case.keys.log_id)
    diagnosis, _ = case.recover()
    assert diagnosis.verdict.action is Action.NAME
    assert case.client.get(case.keys.log_id).startswith(b"restored:")
    assert append_one(case.open_log(), "claim_1", 6).position == 6


@pytest.mark.parametrize("step", ["clear", "write", "put_claims_in_place", "add_streams_in_place"])
def test_a_run_that_died_in_the_middle_leaves_commands_refused_and_is_repeated(
    case: Case, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    case.live("claim_1", 3)
    copy = case.copy()
    case.live("claim_2", 4)
    for lose in (case.lose, lambda: case.roll_back(copy)):
        lose()
        with monkeypatch.context() as patched:
            patched.setattr(Staging, step, _die_after(getattr(Staging, step)))
            with pytest.raises(DiedError):
                case.recover()
        assert case.client.mget(case.keys.log_id, case.keys.position) == [None, None]
        for log in (case.log, case.open_log()):
            with pytest.raises(LogBehindArchiveError):
                append_one(log, "claim_1", 4)
        case.recover()
        assert case.positions() == list(range(1, 8))
        assert [stored.version for stored in case.open_log().read_claim("claim_2")] == [1, 2, 3, 4]
        assert case.client.keys(case.keys.prefix + "events:recovering:*") == []


class DiedError(Exception):
    """The process died here."""


def _die_after(method: Callable[..., None]) -> Callable[..., None]:
    def die(*arguments: Any) -> None:
        method(*arguments)
        raise DiedError

    return die


def test_a_log_that_was_appended_to_meanwhile_is_left_alone(case: Case) -> None:
    case.live("claim_1", 2)
    copy = case.copy()
    case.live("claim_2", 2)
    case.roll_back(copy)
    diagnosis = case.diagnose()
    append_one(RedisEventLog(connect(case.url), keys=case.keys), "claim_3", 1)
    before = case.copy()
    with pytest.raises(LogChangedError, match="run recover again"):
        mend(case.stores, diagnosis, quiet)
    assert case.copy() == before


def test_an_archive_that_is_away_is_told_and_nothing_changes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.live("claim_1", 2)
    case.lose()
    diagnosis = case.diagnose()

    def away(*_: Any) -> Any:
        raise StoreUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(MemoryArchive, "list", away)
    with pytest.raises(StoreUnavailableError):
        mend(case.stores, diagnosis, quiet)
    with pytest.raises(StoreUnavailableError):
        case.diagnose()
    monkeypatch.undo()
    case.recover()
    assert case.positions() == [1, 2]


def test_an_entry_that_cannot_be_read_is_told_with_its_position(case: Case) -> None:
    case.live("claim_1", 2)
    case.client.xadd(case.keys.all_events, {"event": "{}"}, id="3-0")
    case.client.set(case.keys.position, 3)
    with pytest.raises(UnreadableError, match="entry at position 3 cannot be read"):
        case.diagnose()


def test_parked_events_of_a_rolled_back_server_come_again_from_the_group(case: Case) -> None:
    case.live("claim_1", 3)
    case.client.xadd(case.keys.prefix + "events:parked:slow", {"source_id": "2-0"})
    case.client.hset(case.keys.prefix + "events:parked:slow:ids", "2-0", "1-0")
    # The server's checkpoint does not wait for what is parked beside it.
    case.client.hset(case.keys.checkpoint("slow"), mapping={"entry_id": "3-0", "stream": case.keys.all_events})
    copy = case.copy()
    case.live("claim_2", 1)
    case.roll_back(copy)
    case.recover()
    assert not case.client.exists(case.keys.prefix + "events:parked:slow")
    assert case.group("slow")["last-delivered-id"] == b"1-0"


def test_an_event_that_was_discarded_is_forgotten_with_the_log_and_that_is_told(case: Case) -> None:
    case.live("claim_1", 3)
    discarded = case.keys.prefix + "events:discarded:slow"
    case.client.xadd(discarded, {"source_id": "2-0", "key": "claim_1", "discarded_by": "ada"})
    case.keep_file("slow", 3)  # it was acknowledged
    case.keep_file("archiver", 3)
    case.lose()
    diagnosis, _ = case.recover()
    assert not case.client.exists(discarded)
    assert case.group("slow")["last-delivered-id"] == b"3-0"
    assert any(
        "discarded events" in sentence and "verify will call it missing" in sentence for sentence in plan(diagnosis)
    )


def test_the_restoration_of_many_events_is_written_in_pages(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.recover.history.PAGE_COUNT", 3)
    monkeypatch.setattr("local.recover.staging.RENAMES_COUNT", 2)
    for number in range(5):
        case.live(f"claim_{number}", 1 + number % 3)
    last = case.log.last_position()
    case.lose()
    _, done = case.recover()
    assert done.restored is not None
    assert (done.restored.end, done.restored.claims) == (last, 5)
    assert case.positions() == list(range(1, last + 1))


def test_an_event_that_comes_after_the_log_was_looked_at_is_no_loss(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = case.live("claim_1", 2)

    def look_and_append(client: Any, keys: LogKeys) -> LogState:
        state = look_at(client, keys)
        if state.last == 2:
            case.live("claim_2", 2)
        return state

    monkeypatch.setattr("local.recover.survey.look_at", look_and_append)
    monkeypatch.setattr("local.recover.survey.logged_pages", lambda *_: iter([before]))
    assert case.diagnose().verdict.action is Action.NOTHING


def test_a_log_at_work_has_nothing_to_recover_whenever_it_is_looked_at(case: Case, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        version = 0
        while not stop.is_set():
            version += 1
            appended = append_one(case.log, "claim_1", version)
            case.archive.append(appended.events)
            done = {"entry_id": f"{appended.position}-0", "stream": case.keys.all_events}
            case.client.hset(case.keys.checkpoint("archiver"), mapping=done)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        found = [case.diagnose().verdict for _ in range(30)]
    finally:
        stop.set()
        worker.join(10)
    assert {verdict.action for verdict in found} == {Action.NOTHING}, found
