"""Many logs are one, in order of time, and a filter leaves what was asked for."""

import json
from pathlib import Path

import pytest

from local.logs.choosing import Wanted
from local.logs.files import Log, logs_of
from local.logs.reading import every, newest, requests_of
from local.paths import DataDirectory


def line(second: float, message: str, **facts: object) -> str:
    time = f"2026-01-31T12:{int(second) // 60:02}:{second % 60:06.3f}Z"
    return json.dumps({"level": "info", "timestamp": time, "message": message, **facts}, separators=(",", ":")) + "\n"


def moment(second: float) -> float:
    return 1769860800.0 + second


@pytest.fixture
def logs(tmp_path: Path) -> list[Log]:
    """Two services that handle two requests about two claims, and a poller that fails."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "claims-1.log.1").write_text(line(1, "earlier", correlation_id="r0"))
    (folder / "claims-1.log").write_text(
        "START RequestId: 1 Version: $LATEST\n"
        + line(2, "published", correlation_id="r1", claim_id="c1")
        + line(3, "answered", correlation_id="r1")
        + "END RequestId: 1\n"
        + line(6, "published", correlation_id="r2", claim_id="c2")
    )
    (folder / "audit-poller.log").write_text(
        line(4, "processed", correlation_id="r1", claim_id="c1", event_id="e1")
        + line(5, "failed", key="c2").replace('"info"', '"error"')
        + 'Traceback c1\n{"level":"info","mess'
    )
    return logs_of(DataDirectory(tmp_path), [])


def ends(logs: list[Log]) -> dict[Log, int]:
    return {log: log.end() for log in logs}


def said(logs: list[Log], wanted: Wanted, count: int | None = None) -> list[str]:
    found = every(ends(logs), wanted) if count is None else newest(ends(logs), wanted, count)
    return [f"{entry.process} {entry.message}" for entry in found]


def test_all_logs_are_one_in_order_of_time(logs: list[Log]) -> None:
    everything = [
        "claims-1 earlier",
        "claims-1 published",
        "claims-1 answered",
        "audit-poller processed",
        "audit-poller failed",
        "claims-1 published",
    ]
    assert said(logs, Wanted(), 200) == everything
    assert said(logs, Wanted()) == everything


def test_the_newest_are_counted_over_all_of_them(logs: list[Log]) -> None:
    assert said(logs, Wanted(), 2) == ["audit-poller failed", "claims-1 published"]
    assert said(logs, Wanted(), 0) == []


def test_a_request_is_followed_through_every_service_and_what_was_set_aside(logs: list[Log]) -> None:
    assert said(logs, Wanted(correlation="r1")) == [
        "claims-1 published",
        "claims-1 answered",
        "audit-poller processed",
    ]
    assert said(logs, Wanted(correlation="r0")) == ["claims-1 earlier"]
    assert said(logs, Wanted(correlation="r1"), 1) == ["audit-poller processed"]


def test_of_a_claim_its_requests_are_shown_and_no_other_claim_of_theirs(logs: list[Log]) -> None:
    with logs[1].file.open("a") as file:
        file.write(line(7, "of the same batch", correlation_id="r1", claim_id="c3"))
        file.write(line(8, "remembered", correlation_id="r1", key="a key of another kind"))
    assert requests_of("c1", ends(logs)) == {"r1"}
    wanted = Wanted(claim="c1").with_requests(requests_of("c1", ends(logs)))
    assert said(logs, wanted) == [
        "claims-1 published",
        "claims-1 answered",
        "audit-poller processed",
        "claims-1 remembered",
    ]


def test_a_poller_knows_a_claim_by_its_entries_key(logs: list[Log]) -> None:
    assert said(logs, Wanted(claim="c2")) == ["audit-poller failed", "claims-1 published"]


def test_an_event_is_found_at_its_subscribers(logs: list[Log]) -> None:
    assert said(logs, Wanted(event="e1")) == ["audit-poller processed"]


def test_a_level_means_it_and_those_above_with_their_traces(logs: list[Log]) -> None:
    [failed] = newest(ends(logs), Wanted(level="warning"), 200)
    assert (failed.message, failed.more) == ("failed", ("Traceback c1",))


def test_since_means_from_that_moment_on(logs: list[Log]) -> None:
    assert said(logs, Wanted(since=moment(5))) == ["audit-poller failed", "claims-1 published"]
    assert said(logs, Wanted(since=moment(5)), 1) == ["claims-1 published"]


@pytest.mark.parametrize("id_", ['a"b', "a\\b", "é", "a/b"])
def test_an_id_is_found_however_it_was_written(tmp_path: Path, id_: str) -> None:
    (tmp_path / "logs").mkdir()
    as_ascii = json.dumps({"message": "one", "correlation_id": id_})
    as_it_is = json.dumps({"message": "two", "correlation_id": id_}, ensure_ascii=False)
    (tmp_path / "logs/one.log").write_text(f"{as_ascii}\n{as_it_is}\n")
    assert said(logs_of(DataDirectory(tmp_path), []), Wanted(correlation=id_)) == ["one one", "one two"]


def test_an_id_within_another_is_not_that_id(logs: list[Log]) -> None:
    assert said(logs, Wanted(correlation="r")) == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Log]:
    """A log much longer than what is read of its end at first, in two files."""
    folder = tmp_path_factory.mktemp("large") / "logs"
    folder.mkdir()
    lines = [line(second / 10, f"{second}", filler="x" * 500) for second in range(10_000)]
    rare = line(200, "rare", correlation_id="r1").replace('"info"', '"warning"') + "  trace\n"
    (folder / "one.log.1").write_text("".join(lines[:2_000]) + rare + "".join(lines[2_000:5_000]))
    (folder / "one.log").write_text("".join(lines[5_000:]))
    return logs_of(DataDirectory(folder.parent), [])


@pytest.mark.parametrize("count", [1, 400, 4_000, 7_000])
def test_the_newest_of_a_large_log_are_all_there(large: list[Log], count: int) -> None:
    assert said(large, Wanted(), count) == [f"one {number}" for number in range(10_000 - count, 10_000)]


@pytest.mark.parametrize("first", [9_999, 9_700, 7_000, 4_000])
def test_a_large_log_is_read_as_far_back_as_is_wanted(large: list[Log], first: int) -> None:
    assert said(large, Wanted(since=moment(first / 10) - 0.01)) == [f"one {number}" for number in range(first, 10_000)]


def test_a_large_log_is_searched_to_its_beginning(large: list[Log]) -> None:
    [rare] = every(ends(large), Wanted(correlation="r1"))
    assert (rare.message, rare.more) == ("rare", ("  trace",))
    assert said(large, Wanted(level="warning"), 5) == ["one rare"]
    assert len(said(large, Wanted(), 20_000)) == 10_001


def test_a_line_that_is_late_stays_behind_the_one_before_it(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/one.log").write_text(line(2.5, "first") + line(2, "late") + line(3, "last"))
    (tmp_path / "logs/two.log").write_text(line(2.2, "other"))
    assert said(logs_of(DataDirectory(tmp_path), []), Wanted()) == ["two other", "one first", "one late", "one last"]


def test_a_clock_set_back_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/one.log").write_text(line(3000, "before") + line(1, "after"))
    assert said(logs_of(DataDirectory(tmp_path), []), Wanted()) == ["one before", "one after"]


def test_bytes_that_are_no_text_stop_nobody(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    hostile = b"\xff\xfe\x00\n\n" + b"x" * 3_000_000 + b"\n" + b'{"message":"' + b"\xff" * 10 + b'"}\n'
    (tmp_path / "logs/odd.log").write_bytes(hostile + line(1, "after").encode())
    (tmp_path / "logs/binary.log").write_bytes(bytes(range(256)) * 100)
    logs = logs_of(DataDirectory(tmp_path), [])
    assert said(logs, Wanted(since=1.0)) == ["odd after"]
    assert said(logs, Wanted(), 1) == ["odd after"]
