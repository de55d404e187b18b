"""What is added to a log is shown once, and nothing is missed when the log is set aside."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from local.logs.choosing import Wanted
from local.logs.files import Log, logs_of
from local.logs.following import Following
from local.paths import DataDirectory


def line(second: int, message: str, **facts: object) -> str:
    told = {"level": "info", "timestamp": f"2026-01-31T12:00:{second:02}Z", "message": message, **facts}
    return json.dumps(told) + "\n"


class Looking:
    """One who follows the logs of a folder."""

    def __init__(self, folder: Path, wanted: Wanted | None = None) -> None:
        self._data = DataDirectory(folder)
        logs = logs_of(self._data, [])
        self._following = Following({log: log.end() for log in logs}, wanted or Wanted())

    def sees(self) -> list[str]:
        added = self._following.added(logs_of(self._data, []))
        return [
            f"{entry.process} {'+' if entry.is_rest else ''}{entry.message}{''.join(entry.more)}" for entry in added
        ]


@pytest.fixture
def one(tmp_path: Path) -> Log:
    log = Log("one", tmp_path / "logs/one.log")
    log.file.parent.mkdir()
    log.file.write_text(line(1, "before"))
    return log


def add(log: Log, text: str) -> None:
    with log.file.open("a") as file:
        file.write(text)


def test_what_is_added_is_seen_once_and_in_order_of_time(one: Log, tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    add(one, line(3, "later"))
    (tmp_path / "logs/two.log").write_text(line(2, "new"))
    assert looking.sees() == ["two new", "one later"]
    assert looking.sees() == []


def test_a_half_written_line_waits_for_its_end_also_where_it_was_there_before(one: Log, tmp_path: Path) -> None:
    whole = line(2, "whole")
    add(one, whole[:20])
    looking = Looking(tmp_path)
    assert looking.sees() == []
    add(one, whole[20:])
    assert looking.sees() == ["one whole"]


def test_a_trace_that_comes_later_is_the_rest_of_its_line(one: Log, tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    add(one, line(2, "failed"))
    assert looking.sees() == ["one failed"]
    add(one, "Traceback\n")
    assert looking.sees() == ["one +Traceback"]


def set_aside_by_copying(log: Log) -> None:
    shutil.copyfile(log.file, log.set_aside)
    os.truncate(log.file, 0)


def set_aside_by_renaming(log: Log) -> None:
    log.file.replace(log.set_aside)


@pytest.mark.parametrize("set_aside", [set_aside_by_copying, set_aside_by_renaming])
def test_nothing_is_missed_when_the_log_is_set_aside(
    one: Log, tmp_path: Path, set_aside: Callable[[Log], None]
) -> None:
    looking = Looking(tmp_path)
    add(one, line(2, "the last before"))
    set_aside(one)
    add(one, line(3, "x"))
    assert looking.sees() == ["one the last before", "one x"]
    assert looking.sees() == []


def test_a_log_that_is_away_for_a_moment_is_read_on(one: Log, tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    set_aside_by_renaming(one)
    assert looking.sees() == []
    add(one, line(3, "x"))
    assert looking.sees() == ["one x"]


def test_a_log_that_was_emptied_is_read_from_its_start(one: Log, tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    one.file.write_text(line(2, "x"))
    assert len(line(2, "x")) < len(line(1, "before"))
    assert looking.sees() == ["one x"]


def test_the_requests_of_a_claim_are_learned_as_they_come(one: Log, tmp_path: Path) -> None:
    looking = Looking(tmp_path, Wanted(claim="c1"))
    add(one, line(2, "published", claim_id="c1", correlation_id="r1") + line(2, "other", claim_id="c2"))
    (tmp_path / "logs/a.log").write_text(line(3, "answered", correlation_id="r1") + line(3, "r2", correlation_id="r2"))
    assert looking.sees() == ["one published", "a answered"]
