"""How `lab6` and `up` are asked for Lab 6, and what they say where it cannot be."""

import json
import os
from pathlib import Path

import pytest

from local.cli.lab6 import line
from local.cli.main import build_parser, run
from local.lab6.faults import Faults
from local.lab6.modes import DELAY_MS_MAX
from local.paths import DEFAULT_DATA, DataDirectory
from local.state import Phase, ProcessRecord, SystemState, create_time_of, write_state

MODES = ["up", "down", "slow", "error", "garbage"]


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_for_both_services_unless_one_is_named(mode: str) -> None:
    given = build_parser().parse_args(["lab6", mode])
    assert (given.module, given.action, given.service, given.delay_ms) == ("lab6", mode, None, None)
    assert given.data == DEFAULT_DATA
    given = build_parser().parse_args(["lab6", mode, "orders", "--data", "x"])
    assert (given.service, given.data) == ("orders", Path("x"))


def test_slow_takes_a_delay_and_status_json() -> None:
    assert build_parser().parse_args(["lab6", "slow", "customers", "--delay-ms", "250"]).delay_ms == 250
    assert build_parser().parse_args(["lab6", "status", "--json"]).json


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["broken"],
        ["down", "claims"],
        ["down", "--delay-ms", "5"],
        ["slow", "--delay-ms", "-1"],
        ["slow", "--delay-ms", "x"],
        ["slow", "--delay-ms", str(DELAY_MS_MAX + 1)],
        ["status", "orders"],
    ],
)
def test_wrong_use_is_told_in_one_line_and_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["lab6", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.startswith("recours: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("action", ["status", *MODES])
def test_without_a_running_system_it_is_told_how_to_start_one(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lab6", action, "--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "./recours up" in error
    assert error.count("\n") == 1


def running(data: Path, phase: Phase, urls: dict[str, str], *processes: str) -> None:
    """A system that runs, for this process does."""
    records = tuple(ProcessRecord(name, "service", None, None, None, "ready") for name in processes)
    (data / "run").mkdir()
    started = create_time_of(os.getpid())
    assert started is not None
    write_state(DataDirectory(data), SystemState(os.getpid(), started, phase, urls, records))


def test_a_system_that_does_not_simulate_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running(tmp_path, "ready", {"orders": "http://lab6.example:8007"}, "claims-1")
    assert run(["lab6", "down", "--data", str(tmp_path)]) == 1
    assert "does not simulate Lab 6" in capsys.readouterr().err


def test_a_system_that_still_starts_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running(tmp_path, "starting", {}, "lab6")
    assert run(["lab6", "status", "--data", str(tmp_path)]) == 1
    assert "is starting" in capsys.readouterr().err


def test_a_service_that_does_not_answer_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "http://127.0.0.1:9"
    running(tmp_path, "ready", {"orders": nobody, "customers": nobody}, "lab6")
    assert run(["lab6", "status", "--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "127.0.0.1:9 does not answer" in error
    assert error.count("\n") == 1


def test_the_answer_is_one_line_with_the_delay_where_there_is_one() -> None:
    faults = {"orders": Faults(mode="slow", delay_ms=2_000), "customers": Faults(mode="up")}
    assert line(faults) == "orders slow (2000 ms), customers up"


def test_up_simulates_lab6_unless_told_not_to() -> None:
    assert build_parser().parse_args(["up"]).lab6
    assert not build_parser().parse_args(["up", "--no-lab6"]).lab6


@pytest.mark.parametrize(
    ("orders", "customers", "reason"),
    [
        ("http://lab6.example:8007", "", "CUSTOMER_SERVICE_URL is needed too"),
        ("", "http://lab6.example:8005", "ORDER_SERVICE_URL is needed too"),
        ("http://lab6.example:8007", "lab6.example:8005", "CUSTOMER_SERVICE_URL is no address"),
        ("http://[lab6", "http://lab6.example:8005", "ORDER_SERVICE_URL is no address"),
    ],
)
def test_up_with_half_of_lab6_in_the_environment_is_wrong_use(
    orders: str,
    customers: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ORDER_SERVICE_URL", orders)
    monkeypatch.setenv("CUSTOMER_SERVICE_URL", customers)
    assert run(["up", "--detach", "--data", str(tmp_path / "data")]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_faults_are_read_back_as_they_were_set() -> None:
    faults = Faults(mode="slow", delay_ms=10)
    assert Faults.model_validate_json(json.dumps(faults.model_dump())) == faults
