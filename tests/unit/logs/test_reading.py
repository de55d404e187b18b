"""Many logs are one, in order of time, and a filter leaves what was asked for."""

import json
from pathlib import Path

import pytest

from local.logs.choosing import Wanted
from local.logs.files import Log, logs_of
from local.logs.reading import newest
from local.paths import DataDirectory


def line(second: int, message: str, **facts: object) -> str:
    return json.dumps({"level": "info", "timestamp": f"2026-01-31T12:00:{second:02}Z", "message": message, **facts})


@pytest.fixture
def logs(tmp_path: Path) -> list[Log]:
    """Two services that handle two requests about two claims, and a poller that fails."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "claims-1.log.1").write_text(line(1, "earlier", correlation_id="r0") + "\n")
    (folder / "claims-1.log").write_text(
        "START RequestId: 1 Version: $LATEST\n"
        + "\n".join(
            [line(2, "published", correlation_id="r1", claim_id="c1"), line(3, "answered", correlation_id="r1")]
        )
        + "\nEND RequestId: 1\n"
        + line(6, "published", correlation_id="r2", claim_id="c2")
        + "\n"
    )
    (folder / "audit-poller.log").write_text(
        line(4, "processed", correlation_id="r1", claim_id="c1", event_id="e1")
        + "\n"
        + json.dumps({"level": "error", "timestamp": "2026-01-31T12:00:05Z", "message": "failed", "claim_id": "c2"})
        + '\nTraceback c1\n{"level":"info","mess'
    )
    return logs_of(DataDirectory(tmp_path), [])


def said(logs: list[Log], wanted: Wanted, count: int | None = None) -> list[str]:
    return [f"{entry.process} {entry.message}" for entry in newest(logs, wanted, count)]


def test_all_logs_are_one_in_order_of_time(logs: list[Log]) -> None:
    assert said(logs, Wanted(), 200) == [
        "claims-1 published",
        "claims-1 answered",
        "audit-poller processed",
        "audit-poller failed",
        "claims-1 published",
    ]


def test_the_newest_are_counted_over_all_of_them(logs: list[Log]) -> None:
    assert said(logs, Wanted(), 2) == ["audit-poller failed", "claims-1 published"]
    assert said(logs, Wanted(), 0) == []


def test_a_request_is_followed_through_every_service_and_what_was_set_aside(logs: list[Log]) -> None:
    expected = ["claims-1 published", "claims-1 answered", "audit-poller processed"]
    assert said(logs, Wanted(correlation="r1")) == expected
    assert said(logs, Wanted(correlation="r0")) == ["claims-1 earlier"]


def test_of_a_claim_its_requests_are_shown_and_no_other_claim_of_theirs(logs: list[Log]) -> None:
    assert said(logs, Wanted(claim="c1")) == ["claims-1 published", "claims-1 answered", "audit-poller processed"]


def test_an_event_is_found_at_its_subscribers(logs: list[Log]) -> None:
    assert said(logs, Wanted(event="e1")) == ["audit-poller processed"]


def test_a_level_means_it_and_those_above_with_their_traces(logs: list[Log]) -> None:
    [failed] = newest(logs, Wanted(level="warning"), 200)
    assert (failed.message, failed.more) == ("failed", ("Traceback c1",))


def test_lambdas_own_lines_are_shown_where_they_are_asked_for(logs: list[Log]) -> None:
    assert "claims-1 END RequestId: 1" in said(logs, Wanted(with_lambdas=True), 200)


def test_a_line_that_is_being_written_waits(logs: list[Log]) -> None:
    assert all("mess" not in entry.more for entry in newest(logs, Wanted(level="info", since=1.0), None))
    poller = next(log for log in logs if log.process == "audit-poller")
    lines, end = poller.added(0)
    assert len(lines) == 3
    with poller.file.open("a") as file:
        file.write('age":"whole"}\n')
    assert poller.added(end)[0] == ['{"level":"info","message":"whole"}']


def test_a_log_that_was_set_aside_is_followed_from_its_start(logs: list[Log]) -> None:
    log = logs[0]
    log.file.write_text("anew\n")
    assert log.added(10_000) == (["anew"], 5)


def test_bytes_that_are_no_text_stop_nobody(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/odd.log").write_bytes(
        b"\xff\xfe\n\n" + b"x" * 3_000_000 + b"\n" + line(1, "after").encode() + b"\n"
    )
    assert said(logs_of(DataDirectory(tmp_path), []), Wanted(since=1.0)) == ["odd after"]
