"""The lines of a log are whole, all there, and once."""

from pathlib import Path

import pytest

from local.logs.files import LINE_BYTES_MAX, Log, lines_in, logs_of
from local.paths import DataDirectory


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log("one", tmp_path / "one.log")


def lines(log: Log, last_bytes: int | None = None) -> list[bytes]:
    return [line for block in log.blocks(log.end(), last_bytes) for line in lines_in(block)]


def test_what_was_set_aside_comes_first(log: Log) -> None:
    log.set_aside.write_bytes(b"1\n2\n")
    log.file.write_bytes(b"3\n4\n")
    assert lines(log) == [b"1", b"2", b"3", b"4"]
    assert log.size(log.end()) == 8


@pytest.mark.parametrize(
    ("last_bytes", "expected"),
    [(0, []), (1, []), (2, [b"4"]), (3, [b"4"]), (4, [b"4"]), (5, [b"33", b"4"]), (7, [b"2", b"33", b"4"])],
)
def test_of_the_last_bytes_only_whole_lines_are_taken(log: Log, last_bytes: int, expected: list[bytes]) -> None:
    log.set_aside.write_bytes(b"1\n2\n")
    log.file.write_bytes(b"33\n4\n")
    assert lines(log, last_bytes) == expected


def test_lines_longer_than_a_block_are_whole(log: Log) -> None:
    long = b"x" * 3_000_000
    log.file.write_bytes(b"a\n" + long + b"\nb\n")
    assert lines(log) == [b"a", long, b"b"]


def test_of_a_line_beyond_all_measure_only_the_beginning_is_kept() -> None:
    assert lines_in(b"x" * (LINE_BYTES_MAX + 5) + b"\nafter\n") == [b"x" * LINE_BYTES_MAX, b"after"]


def test_a_line_that_is_being_written_is_none_yet(log: Log) -> None:
    log.file.write_bytes(b"whole\nha")
    assert log.end() == 6
    assert lines(log) == [b"whole"]
    log.file.write_bytes(b"ha")
    assert (log.end(), lines(log)) == (0, [])


def test_a_log_that_is_not_there_has_no_lines(log: Log) -> None:
    assert (log.end(), lines(log)) == (0, [])


def test_only_files_are_logs(tmp_path: Path) -> None:
    (tmp_path / "logs/folder.log").mkdir(parents=True)
    for name in ("claims-1.log", "claims-1.log.1", "claims.txt"):
        (tmp_path / "logs" / name).touch()
    assert [log.process for log in logs_of(DataDirectory(tmp_path), [])] == ["claims-1"]
