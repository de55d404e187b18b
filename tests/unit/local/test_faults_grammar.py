from pathlib import Path

import pytest

from local.cli.invoke import URL_PARAMETERS
from local.cli.main import build_parser, run
from local.faults.errors import FaultError
from local.faults.grammar import (
    KINDS,
    PROBABILITY,
    Fault,
    check_functions,
    help_text,
    parse_fault,
)
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.template import Template, load_template


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(DEFAULT_TEMPLATE, dict.fromkeys(URL_PARAMETERS, ""))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault("drop", PROBABILITY, "request")),
        ("drop:0.2:answer", Fault("drop", 0.2, "answer")),
        ("delay:1:300@ClaimsFunction", Fault("delay", 1.0, "300", "ClaimsFunction")),
        ("throttle:0.5", Fault("throttle", 0.5, "1")),
        ("crash-before-ack@AuditSubscriber", Fault("crash-before-ack", PROBABILITY, "", "AuditSubscriber")),
        ("duplicate:1e-3", Fault("duplicate", 0.001)),
    ],
)
def test_a_fault_is_read_as_it_is_written_and_written_as_it_is_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert parse_fault(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no kind"),
        ("explode", "no kind"),
        ("crash-before-lunch:0.1", "no kind"),
        ("drop:", "no probability"),
        ("drop:0", "no probability"),
        ("drop:1.1", "no probability"),
        ("drop:nan", "no probability"),
        ("drop:often", "no probability"),
        ("drop:0.1:both", "request or answer"),
        ("drop:0.1:answer:2", "not of the form"),
        ("drop@", "not of the form"),
        ("delay:0.1:0", "milliseconds"),
        ("delay:0.1:60001", "milliseconds"),
        ("delay:0.1:1.5", "milliseconds"),
        ("throttle:0.1:301", "seconds"),
        ("duplicate:0.1:3", "takes no detail"),
        ("crash-after-send:0.1:x", "takes no detail"),
    ],
)
def test_what_is_no_fault_is_refused_and_told_why(text: str, why: str) -> None:
    with pytest.raises(FaultError, match=why):
        parse_fault(text)


@pytest.mark.parametrize("options", [["--fault", "explode"], ["--fault", "drop:2"], ["--fault-seed", "-1"]])
def test_up_with_what_is_no_fault_is_wrong_use(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["up", *options])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("recours: ")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--fault", "drop@Nobody"], "no such function"),
        (["--fault", "crash-after-ack@ClaimsFunction"], "needs a function with stream"),
        (["--fault-seed", "3"], "goes with --fault"),
    ],
)
def test_a_fault_that_nothing_could_strike_is_wrong_use(
    options: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["up", "--data", str(tmp_path), *options]) == 2
    assert why in capsys.readouterr().err


def test_a_named_function_is_one_to_which_the_fault_can_be_done(template: Template) -> None:
    for text in ("drop@QueryFunction", "duplicate@RetentionFunction", "crash-before-commit@AuditSubscriber"):
        check_functions((parse_fault(text),), template)
    with pytest.raises(FaultError, match="schedule or stream"):
        check_functions((parse_fault("duplicate@QueryFunction"),), template)


def test_the_help_and_the_guide_tell_every_kind() -> None:
    guide = (ROOT / "docs" / "faults.md").read_text()
    for kind in KINDS:
        assert f"  {kind} " in help_text()
        assert f"| `{kind}` |" in guide


def test_faults_may_be_asked_for_any_number_of_times() -> None:
    given = build_parser().parse_args(["up", "--fault", "drop", "--fault", "delay:1", "--fault-seed", "7"])
    assert [fault.kind for fault in given.fault] == ["drop", "delay"]
    assert given.fault_seed == 7
