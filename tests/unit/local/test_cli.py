import os
from pathlib import Path

import pytest

from local.cli.errors import UsageError
from local.cli.invoke import read_event
from local.cli.main import build_parser, read_arguments, run
from local.cli.status import checked, table
from local.cli.testing import runs_for
from local.logs.files import belongs_to
from local.paths import DEFAULT_DATA
from local.state import ProcessRecord


@pytest.mark.parametrize("command", ["up", "down", "status", "logs", "invoke"])
def test_every_command_takes_a_data_directory(command: str) -> None:
    more = ["F", "--event", "-"] if command == "invoke" else []
    assert build_parser().parse_args([command, *more]).data == DEFAULT_DATA
    assert build_parser().parse_args([command, *more, "--data", "x"]).data == Path("x")


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["up", "--ports", "some"], ["test", "nothing"], ["down", "--", "x"]]
)
def test_wrong_use_is_told_in_one_line_and_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.startswith("recours: ")
    assert error.count("\n") == 1


def test_what_stands_after_two_dashes_is_pytests() -> None:
    given = read_arguments(["test", "unit", "--", "-x", "-k", "claims"])
    assert (given.group, given.pytest_arguments) == ("unit", ["-x", "-k", "claims"])
    given = read_arguments(["test", "--", "-x"])
    assert (given.group, given.pytest_arguments) == (None, ["-x"])


def test_status_of_nothing_is_an_empty_list_and_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "[]\n"


def test_down_of_nothing_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down", "--data", str(tmp_path)]) == 0
    assert "Nothing is up" in capsys.readouterr().out


def test_up_on_a_directory_that_cannot_be_made_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(["up", "--data", str(tmp_path / "file" / "data")]) == 1
    assert "choose another with --data" in capsys.readouterr().err


def test_paths_are_those_of_the_directory_that_the_caller_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(os.getcwd())  # comes back after the test
    monkeypatch.setenv("RECOURS_CALLED_FROM", str(tmp_path))
    assert run(["status", "--data", "here"]) == 1
    assert str(tmp_path / "here") in capsys.readouterr().out
    assert "RECOURS_CALLED_FROM" not in os.environ


def test_a_service_name_means_all_of_its_processes() -> None:
    assert belongs_to("claims-1", "claims")
    assert belongs_to("audit-poller", "audit")
    assert belongs_to("gateway", "gateway")
    assert not belongs_to("claims-1", "claim")


def test_a_process_that_died_unnoticed_is_shown_as_dead() -> None:
    record = ProcessRecord("claims-1", "service", os.getpid(), 1.0, 8101, "ready")
    assert (checked(record).state, checked(record).pid) == ("dead", None)


def test_the_table_has_a_head_and_aligned_columns() -> None:
    lines = table([ProcessRecord("audit-poller", "poller", 12, 1.0, None, "ready", restarts=2)])
    assert lines == [
        "NAME          KIND    PID  PORT  STATE  RESTARTS",
        "audit-poller  poller  12   -     ready  2",
    ]


@pytest.mark.parametrize(("text", "reason"), [("[1]", "a JSON object is needed"), ("{", "is not JSON")])
def test_an_event_that_is_no_json_object_is_wrong_use(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_event(str(file))
    with pytest.raises(UsageError, match="cannot be read"):
        read_event(str(tmp_path / "nothing.json"))


def test_groups_that_are_not_there_are_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "unit").mkdir()
    (tmp_path / "e2e").mkdir()
    assert [run.groups for run in runs_for(None, tmp_path)] == [("unit",), ("e2e",)]
    assert "there is no folder tests/chaos" in capsys.readouterr().err


def test_one_group_runs_as_it_does_among_all(tmp_path: Path) -> None:
    for name in ("unit", "chaos", "browser"):
        (tmp_path / name).mkdir()
    assert [(run.groups, "loadfile" in run.options) for run in runs_for("unit", tmp_path)] == [(("unit",), True)]
    assert [(run.groups, run.options) for run in runs_for("chaos", tmp_path)] == [(("chaos",), ())]
    assert [(run.groups, run.options) for run in runs_for("browser", tmp_path)] == [(("browser",), ())]
