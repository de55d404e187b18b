"""How `parked` is asked for, and what it says where there is nothing to do."""

from pathlib import Path

import pytest

from local.cli.main import build_parser, run
from local.paths import DEFAULT_DATA


@pytest.mark.parametrize("arguments", [["list"], ["show", "1-0"], ["retry"], ["discard", "1-0", "--reason", "x"]])
def test_every_action_takes_a_data_directory_and_a_group(arguments: list[str]) -> None:
    given = build_parser().parse_args(["parked", *arguments])
    assert (given.module, given.action, given.data, given.group) == ("parked", arguments[0], DEFAULT_DATA, None)
    given = build_parser().parse_args(["parked", *arguments, "--data", "x", "--group", "g"])
    assert (given.data, given.group) == (Path("x"), "g")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["list", "--limit", "0"],
        ["list", "--limit", "x"],
        ["list", "--group", " "],
        ["show"],
        ["retry", "--wait", "-1"],
        ["retry", "--wait", "nan"],
        ["retry", "--wait", "inf"],
        ["discard", "1-0"],
        ["discard", "1-0", "--reason", " "],
    ],
)
def test_wrong_use_is_told_in_one_line_and_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["parked", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.startswith("recours: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["list"], ["show", "1-0"], ["retry"], ["discard", "1-0", "--reason", "x"]])
def test_where_nothing_is_up_one_line_says_so(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["parked", *arguments, "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"recours: nothing is up in {tmp_path}, so start it: ./recours up --detach\n"
