"""The second look, the report, the metrics and the rounds of `--watch`."""

import json
import signal
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from local.cli.invoke import URL_PARAMETERS
from local.cli.main import run
from local.cli.verify import up_command
from local.paths import DEFAULT_DATA, DEFAULT_TEMPLATE
from local.template import Function, Template, load_template
from local.verify.archive_bounds import ArchiveBounds
from local.verify.confirming import PLACES_MAX, still_there
from local.verify.findings import Finding, GivenUp, NotJudged, Result, Retrying
from local.verify.measures import Measures
from local.verify.report import RETRYING_SHOWN_MAX, line, summary
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


def test_what_was_given_up_is_told_and_the_stores_do_not_simply_agree() -> None:
    given_up = replace(
        result(), given_up=(GivenUp("audit", "claim_2", 6, "ada", "a"), GivenUp("audit", "claim_3", 7, "bob", "b"))
    )

    told = summary(given_up)

    assert "  given up       audit 2 (discarded by ada, bob)" in told.splitlines()
    assert told.endswith("notifications agree, but for what was given up")
    assert summary(result()).endswith("notifications agree")
    assert line(given_up).endswith("clean; in flight audit 3; given up audit 2")
    as_json = given_up.to_dict(findings_max=1)
    assert (as_json["clean"], as_json["given_up_total"]) == (True, 2)
    assert as_json["given_up"] == [
        {"store": "audit", "claim_id": "claim_2", "position": 6, "discarded_by": "ada", "reason": "a"}
    ]
    measures = Measures()
    measures.show(given_up)
    assert 'verify_given_up_events{store="audit"} 2.0' in generate_latest(measures.registry).decode()


def test_what_is_tried_again_is_told_apart_from_what_is_in_flight() -> None:
    tried = replace(
        result(),
        retrying=(
            Retrying("audit", "claim_x", 1, 6, 5),
            *(Retrying("archive", None, None, 6 + number, 2) for number in range(RETRYING_SHOWN_MAX)),
        ),
    )

    told = summary(tried).splitlines()

    assert "  in flight      audit 3" in told
    assert "  retrying       audit: claim_x version 1, delivered 5 times" in told
    assert "  retrying       archive: position 6, delivered 2 times" in told
    assert sum(each.startswith("  retrying ") for each in told) == RETRYING_SHOWN_MAX + 1
    assert line(tried).endswith("retrying 6")
    as_json = tried.to_dict(findings_max=1)
    assert as_json["retrying_total"] == 6
    assert as_json["retrying"] == [
        {"store": "audit", "claim_id": "claim_x", "version": 1, "position": 6, "deliveries": 5}
    ]


def test_a_log_behind_the_archive_is_told_before_all_else() -> None:
    [behind] = ArchiveBounds(0, 12).findings(log_end=3)

    told = summary(result(behind, LOST)).splitlines()

    assert told[1] == "  WRONG          the log ends at 3, the archive at 12: ./recours recover"
    assert "behind" not in "\n".join(told)
    assert "WRONG the log ends at 3, the archive at 12: ./recours recover, missing audit 1" in line(
        result(behind, LOST)
    )
    assert list(ArchiveBounds(0, 12).findings(log_end=12)) == []


def test_what_comes_before_the_accepted_beginning_is_told_in_one_line() -> None:
    told = summary(replace(result(), not_judged=NotJudged(5, 1)))

    assert "  not judged     up to position 5, accepted as lost; rows of 1 claim from there; counters\n" in told


def test_claims_that_wait_for_their_context_are_told_beside() -> None:
    told = summary(replace(result(), contexts_waiting=2))
    assert "  waiting        2 claims for a context that the order and customer systems have not told yet\n" in told
    assert "waiting" not in summary(result())


def test_one_is_not_many() -> None:
    assert summary(replace(result(), events=1, claims=1)).startswith("verify: 1 event of 1 claim in")


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

    failed: list[Exception] = []

    assert watch(look, told.append, failed.append, Measures(), 10.0, pause) == code
    assert [*told, *failed] == rounds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_watching_with_the_last_rounds_exit_code_though_a_shell_has_it_ignored(
    number: signal.Signals,
) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        code = watch(lambda: result(LOST), ignore, ignore, Measures(), 10.0, lambda _: signal.raise_signal(number))
        assert (code, signal.getsignal(number)) == (1, signal.SIG_IGN)
    finally:
        signal.signal(number, before)


def ignore(_: object) -> None:
    """What is told is not asked for here."""


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
    [
        ["--metrics-port", "0"],
        ["--interval", "1"],
        ["--wait", "-1"],
        ["--wait", "nan"],
        ["--watch", "--metrics-port", "70000"],
        ["--watch", "--interval", "0.9"],
        ["--watch", "--interval", "nan"],
    ],
)
def test_wrong_use_is_exit_code_2(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--data", str(tmp_path), *arguments]) == 2
    assert capsys.readouterr().err.startswith("recours: --")


def test_verifying_nothing_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith(f"start it: ./recours up --detach --data {tmp_path}\n")


def test_what_starts_the_usual_system_names_no_directory() -> None:
    assert up_command(DEFAULT_DATA) == "./recours up --detach"
    assert up_command(Path("my data")) == "./recours up --detach --data 'my data'"


@pytest.fixture
def external(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers at addresses that nobody asks."""
    for name in ("REDIS_URL", "MONGO_URL", "POSTGRES_URL"):
        monkeypatch.setenv(name, f"{name.lower()}://127.0.0.1:1")


def check_that_fails(*_: object, **__: object) -> Result:
    raise KeyError("a long\n\nstory " * 100)


@pytest.mark.usefixtures("external")
def test_a_check_that_cannot_be_done_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(import_module("local.verify.check"), "check", check_that_fails)

    assert run(["verify", "--external"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("recours: nothing could be verified: KeyError: ")
    assert len(said.err) < 400


@pytest.mark.usefixtures("external")
def test_watching_writes_nothing_but_results_to_the_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def look(*_: object, **__: object) -> Result:
        if looks.pop() == "the last":
            signal.raise_signal(signal.SIGTERM)
        return result(LOST)

    looks = ["the last", "the first"]
    monkeypatch.setattr(import_module("local.verify.check"), "check", look)

    assert run(["verify", "--external", "--watch", "--json", "--interval", "1"]) == 1
    said = capsys.readouterr()
    assert [json.loads(each)["clean"] for each in said.out.splitlines()] == [False]
    assert said.err.startswith("metrics on http://127.0.0.1:")
