"""The end of a log file."""

from pathlib import Path

import pytest

from local.supervisor.logs import last_lines


@pytest.mark.parametrize("count", [0, 1, 3, 20_000, 50_000])
def test_the_last_lines_are_whole_however_many(tmp_path: Path, count: int) -> None:
    lines = [f"line {number} of a log that is longer than a block" for number in range(20_000)]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    assert last_lines(tmp_path / "a.log", count) == lines[20_000 - min(count, 20_000) :]


def test_a_line_that_is_not_ended_yet_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("first\nsecond\nthi")
    assert last_lines(tmp_path / "a.log", 2) == ["second", "thi"]


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "a.log") == []
