"""The second look, the report, the metrics and the rounds of `--watch`."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from local.cli.invoke import URL_PARAMETERS
from local.cli.main import run
from local.paths import DEFAULT_TEMPLATE
from local.template import Function, Template, load_template
from local.verify.confirming import PLACES_MAX, still_there
from local.verify.findings import Finding, Result
from local.verify.measures import Measures
from local.verify.report import line, summary
from local.verify.subscribers import SubscribersError, read_subscribers
from local.verify.watching import watch

LOST = Finding("missing", "audit", "there is no entry of version 2", "claim_2", 6)
BEHIND = Finding("missing", "read_models", "it has no row", "claim_3", 7)
FLIGHT = {"archive": 0, "audit": 3, "read_models": 0, "notifications": 0}


def result(*findings: Finding) -> Result:
    return Result(findings, 1_000, 200, FLIGHT, 0.5, {"no recipient": 4})  # type: ignore[arg-type]


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def pause(self, seconds: float) -> None:
        self.now_s += seconds


def confirmed(suspicious: Sequence[Finding], *looks: Sequence[Finding]) -> list[Finding]:
    """What is left after these looks, of which the last is repeated."""
    time, seen = Time(), list(looks)
    return still_there(
        suspicious, lambda _: seen.pop(0) if len(seen) > 1 else seen[0], 2.0, time.pause, lambda: time.now_s
    )


def test_what_is_gone_at_the_second_look_is_not_told() -> None:
    assert confirmed([LOST, BEHIND], [BEHIND]) == [BEHIND]


def test_what_is_gone_at_a_later_look_is_not_told() -> None:
    assert confirmed([LOST, BEHIND], [LOST, BEHIND], [LOST], []) == []


def test_a_row_that_is_wrong_at_its_next_event_is_still_wrong() -> None:
    moved = Finding("missing", "read_models", "it stands elsewhere", "claim_3", 8)

    assert confirmed([BEHIND], [moved]) == [BEHIND]


def test_only_so_many_places_are_looked_at_again() -> None:
    many = [Finding("missing", "audit", "gone", "claim_1", position) for position in range(1, PLACES_MAX + 50)]
    asked: list[int] = []

    def look(some: Sequence[Finding]) -> Sequence[Finding]:
        asked.append(len(some))
        return some

    assert still_there(many, look, 0.0) == many
    assert asked == [PLACES_MAX]


def test_a_clean_result_tells_what_is_in_flight_and_what_was_never_sent() -> None:
    told = summary(result())

    assert "1,000 events of 200 claims" in told
    assert "audit 3" in told
    assert "no recipient: 4" in told
    assert "WRONG" not in told
    assert line(result()).endswith("clean; in flight audit 3")


def test_a_long_list_of_findings_is_cut_and_counted() -> None:
    told = summary(result(LOST, LOST, BEHIND), findings_max=2)

    assert told.count("WRONG") == 2
    assert "missing        audit 2" in told
    assert "and 1 more" in told


def test_the_json_form_has_every_count_and_a_bounded_list() -> None:
    told = json.loads(json.dumps(result(LOST, LOST, BEHIND).to_dict(findings_max=1)))

    assert (told["clean"], told["findings_total"], len(told["findings"])) == (False, 3, 1)
    assert {"kind": "missing", "store": "audit", "count": 2} in told["counts"]


def test_the_metrics_of_a_round_replace_those_of_the_one_before() -> None:
    measures = Measures()
    measures.show(result(LOST))
    wrong = generate_latest(measures.registry).decode()
    measures.show(result())
    clean = generate_latest(measures.registry).decode()

    assert 'verify_findings{kind="missing",store="audit"} 1.0' in wrong
    assert "verify_last_success_timestamp_seconds 0.0" in wrong
    assert 'verify_findings{kind="missing",store="audit"} 0.0' in clean
    assert "verify_last_success_timestamp_seconds 0.0" not in clean
    assert 'verify_in_flight_events{store="audit"} 3.0' in clean
    assert "verify_events_checked 1000.0" in clean
    assert "verify_duration_seconds 0.5" in clean


@pytest.mark.parametrize(
    ("rounds", "code"), [([result(LOST), result()], 0), ([result(), result(LOST)], 1), ([result(), OSError("away")], 1)]
)
def test_watching_ends_with_the_last_rounds_exit_code(rounds: list[Result | OSError], code: int) -> None:
    left = list(rounds)
    told: list[Result] = []

    def look() -> Result:
        found = left.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    def pause(_seconds: float) -> None:
        if not left:
            raise KeyboardInterrupt

    assert watch(look, told.append, Measures(), 10.0, (OSError,), pause) == code
    assert told == [each for each in rounds if isinstance(each, Result)]


def template(functions: tuple[Function, ...] | None = None) -> Template:
    whole = load_template(DEFAULT_TEMPLATE, dict.fromkeys(URL_PARAMETERS, ""))
    return whole if functions is None else Template(whole.path, "", functions, ())


def test_the_groups_are_those_of_the_template() -> None:
    subscribers = read_subscribers(template())

    assert {store: each.group for store, each in subscribers.of.items()} == {
        "archive": "event-store-service",
        "audit": "audit-service",
        "read_models": "projection-service",
        "notifications": "notification-service",
    }
    assert subscribers.agents.email_pattern == "{agent_id}@agents.recours.example"


def test_a_template_that_fills_no_archive_is_refused() -> None:
    functions = tuple(each for each in template().functions if each.service != "event_store")

    with pytest.raises(SubscribersError, match="archive"):
        read_subscribers(template(functions))


@pytest.mark.parametrize(
    "arguments",
    [["--metrics-port", "0"], ["--interval", "1"], ["--wait", "-1"], ["--watch", "--metrics-port", "70000"]],
)
def test_wrong_use_is_exit_code_2(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--data", str(tmp_path), *arguments]) == 2
    assert capsys.readouterr().err.startswith("recours: --")


def test_verifying_nothing_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--data", str(tmp_path)]) == 1
    assert "./recours up" in capsys.readouterr().err
