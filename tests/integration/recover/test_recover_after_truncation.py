"""The log's append-only file is cut off anywhere: the server drops what is not whole, `recover` brings it back."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from envelope import Envelope
from local.recover.group_stands import Group
from local.recover.recovery import Stores, diagnose, mend
from local.recover.verdict import Action
from repositories.errors import LogBehindArchiveError
from repositories.memory.archive import MemoryArchive
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from tests.contract.event_log_contract import append_one, command, event
from tests.integration.redis_log.own_valkey import OwnValkey

EVENTS = 9
ARCHIVED = 6
CUTS = 24
GROUP = Group("events:all", "archiver")


def quiet(label: str, total: int) -> Callable[[int], None]:
    return lambda _: None


class Site:
    """A server whose file is cut, with what was written to it before."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "server"
        self.whole = directory / "whole"
        self.pollers = directory / "pollers"
        self.data.mkdir()
        self.pollers.mkdir()
        self.server = OwnValkey(self.data)
        self.events: list[Envelope] = []

    def write_history(self) -> None:
        """Three claims, three events each, in turns; one group that reads and acknowledges as they come."""
        self.server.start()
        client: Any = connect(self.server.url)
        client.xgroup_create("events:all", "archiver", id="0", mkstream=True)
        log = RedisEventLog(connect(self.server.url))
        for number in range(EVENTS):
            claim_id, version = f"claim_{number % 3}", number // 3 + 1
            given = [event(claim_id, version, "ReclamationCreee" if version == 1 else "ReclamationAffectee")]
            appended = log.append(claim_id, given, expected_version=version - 1, command=command(f"key {number}"))
            self.events += appended.events
            [[_, entries]] = client.xreadgroup("archiver", "consumer", {"events:all": ">"}, count=10)
            client.xack("events:all", "archiver", entries[0][0])
        kept = {"stream": "events:all", "group": "archiver", "entry_id": f"{ARCHIVED}-0"}
        kept["log_id"] = client.get("events:log_id").decode()
        (self.pollers / "archiver.json").write_text(json.dumps(kept))
        self.server.kill()
        shutil.copytree(self.data, self.whole)

    def size(self) -> int:
        return _file(self.whole).stat().st_size

    def start_with(self, change: Callable[[bytes], bytes]) -> None:
        """Start the server on a changed copy of its file."""
        self.server.close()
        shutil.rmtree(self.data)
        shutil.copytree(self.whole, self.data)
        file = _file(self.data)
        file.write_bytes(change(file.read_bytes()))
        self.server.start()


def _file(directory: Path) -> Path:
    [file] = directory.glob("valkey/appendonlydir/*.incr.aof")
    return file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("truncation"))
    try:
        made.write_history()
        yield made
    finally:
        made.server.close()


def cuts() -> list[float]:
    """As parts of the file: its beginning, its end, and places that fall into commands wherever they are."""
    return [0.0, *(number / CUTS for number in range(1, CUTS)), 0.99999, 1.0]


@pytest.mark.parametrize("part", cuts())
def test_after_a_cut_the_history_is_whole_again_and_goes_on(site: Site, part: float) -> None:
    offset = int(site.size() * part)
    site.start_with(lambda content: content[:offset])
    archive = MemoryArchive()
    archive.append(site.events[:ARCHIVED])

    def open_log() -> RedisEventLog:
        return RedisEventLog(connect(site.server.url), ArchiveGuard(archive))

    left = open_log().last_position()
    if left < ARCHIVED:
        with pytest.raises(LogBehindArchiveError):
            append_one(open_log(), "claim_new", 1)
    client: Any = connect(site.server.url)
    stores = Stores(client, archive, archive, [GROUP], "archiver", site.pollers)
    files = (site.pollers / "archiver.json").read_text()
    diagnosis = diagnose(stores, quiet)
    assert diagnosis.verdict.action is (Action.RESTORE if left < ARCHIVED else Action.NOTHING)
    mend(stores, diagnosis, quiet)
    (site.pollers / "archiver.json").write_text(files)  # for the next cut of the same log
    end = max(left, ARCHIVED)
    check_history(client, open_log(), site.events[:end], first=ARCHIVED if left < ARCHIVED else 1)
    appended = append_one(open_log(), "claim_new", 1)
    assert appended.position == end + 1
    go_on(open_log(), site.events[:end])
    assert diagnose(stores, quiet).verdict.action is Action.NOTHING


def check_history(client: Any, log: RedisEventLog, events: list[Envelope], first: int) -> None:
    """Every event once, at its place, in each stream that has it."""
    in_all = [int(entry_id.split(b"-")[0]) for entry_id, _ in client.xrange("events:all")]
    assert in_all == list(range(first, len(events) + 1))
    assert [log.event_at(position) for position in in_all] == events[first - 1 :]
    for claim_id in ("claim_0", "claim_1", "claim_2"):
        assert log.read_claim(claim_id) == [stored for stored in events if stored.aggregate_id == claim_id]
    group = client.xinfo_groups("events:all")[0]
    assert int(group["last-delivered-id"].split(b"-")[0]) <= len(events)


def go_on(log: RedisEventLog, events: list[Envelope]) -> None:
    """Each claim takes its next version, and no other."""
    for claim_id in {stored.aggregate_id for stored in events}:
        last = sum(stored.aggregate_id == claim_id for stored in events)
        assert append_one(log, claim_id, last + 1).version == last + 1


def test_a_file_that_is_corrupt_in_its_middle_is_refused_by_the_server(site: Site) -> None:
    middle = site.size() // 2

    def spoil(content: bytes) -> bytes:
        place = content.index(b"\r\n*", middle) + 2
        return content[:place] + b"?" + content[place + 1 :]

    with pytest.raises(AssertionError, match="Bad file format"):
        site.start_with(spoil)
