import json
from pathlib import Path

import pytest

from local.faults.dice import Dice
from local.faults.errors import FaultError
from local.faults.grammar import Fault, parse_fault
from local.faults.process import VARIABLE, faults_of_this_process
from local.faults.settings import FaultSettings, now_injected
from local.paths import DataDirectory
from local.supervisor.options import Options

FAULTS = (parse_fault("drop:0.1:answer@ClaimsFunction"), parse_fault("crash-after-ack"))


def settings(directory: Path, *faults: Fault) -> FaultSettings:
    return FaultSettings(faults or FAULTS, 7, directory)


def test_what_the_supervisor_tells_is_what_its_processes_read(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert FaultSettings.from_environment(given.to_environment()) == given
    assert FaultSettings.from_environment({}) is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"faults": ["explode"], "seed": 1, "directory": "/"}'])
def test_a_variable_that_the_supervisor_did_not_write_is_an_error(text: str) -> None:
    with pytest.raises(FaultError):
        FaultSettings.from_environment({VARIABLE: text})


def test_the_supervisor_in_the_background_gets_the_same_faults(tmp_path: Path) -> None:
    options = Options(DataDirectory(tmp_path), tmp_path / "t.yaml", faults=settings(tmp_path))
    told = options.to_arguments()
    assert told[-6:] == [
        *("--fault", "drop:0.1:answer@ClaimsFunction"),
        *("--fault", "crash-after-ack:0.05"),
        *("--fault-seed", "7"),
    ]
    assert "--fault" not in Options(DataDirectory(tmp_path), tmp_path / "t.yaml").to_arguments()


def test_nothing_is_injected_before_all_is_up_and_after_the_switch_is_gone(tmp_path: Path) -> None:
    given = FaultSettings((Fault("drop", 1.0, "request"),), 7, tmp_path / "faults")
    given.prepare()
    dice = Dice(given.faults, "1", "F", given.switch)
    assert (dice.strike("drop"), now_injected(tmp_path)) == (None, None)
    given.begin()
    assert dice.strike("drop") == given.faults[0]
    assert now_injected(tmp_path) == "--fault drop:1:request --fault-seed 7"
    given.switch.unlink()
    assert (dice.strike("drop"), now_injected(tmp_path)) == (None, None)


def test_a_process_has_other_luck_at_each_of_its_starts(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert [given.count_start("F.worker") for _ in range(3)] == [1, 2, 3]
    assert given.count_start("F.poller") == 1


def strikes(seed: str, switch: Path, *faults: Fault) -> list[bool]:
    dice = Dice(faults, seed, "F", switch)
    return [dice.strike("drop") is not None for _ in range(200)]


def test_the_same_seed_strikes_the_same_times_whatever_else_is_asked_of_the_dice(tmp_path: Path) -> None:
    drop, delay = Fault("drop", 0.3, "request"), Fault("delay", 0.5, "1")
    alone, again, other = (strikes(seed, tmp_path, drop) for seed in ("1", "1", "2"))
    assert alone == again != other
    assert 30 < sum(alone) < 90
    dice = Dice((drop, delay), "1", "F", tmp_path)
    mixed = []
    for _ in range(200):
        dice.strike("delay")
        mixed.append(dice.strike("drop") is not None)
    assert mixed == alone


def test_an_injected_fault_is_one_line_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Dice((Fault("throttle", 1.0, "2"),), "1", "ClaimsFunction", tmp_path).strike("throttle")
    [line] = capfd.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["message"], told["kind"], told["function"]) == ("fault injected", "throttle", "ClaimsFunction")


def test_a_process_injects_what_is_meant_for_all_or_for_its_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path, parse_fault("drop:1@A"), parse_fault("delay:1@B"))
    monkeypatch.setenv(VARIABLE, given.to_environment()[VARIABLE])

    def invoke(event: object) -> object:
        return event

    assert faults_of_this_process("A", "poller").around_invoke(invoke) is not invoke
    assert faults_of_this_process("C", "poller").around_invoke(invoke) is invoke


def test_a_process_that_was_told_of_no_fault_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    faults = faults_of_this_process("A", "worker")

    def invoke(event: object) -> object:
        return event

    faults.wrap_steps()
    assert faults.around_invoke(invoke) is invoke
